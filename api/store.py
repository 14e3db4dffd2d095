"""Opens the object store that the settings name; the archive's commands use it, too."""

from api.settings import ApiSettings, ObjectsKind
from core.clock import Clock
from storage.objects.disk import DiskStore
from storage.objects.port import ObjectStore
from storage.objects.s3 import S3Address, S3Store


def make_store(settings: ApiSettings, clock: Clock) -> ObjectStore:
    """The object store that the settings name; made on first use."""
    if settings.objects is ObjectsKind.DISK:
        root = settings.data_dir / "objects"
        root.mkdir(exist_ok=True)
        return DiskStore(root)
    store = S3Store(
        S3Address(
            endpoint=settings.s3_endpoint,
            public_endpoint=settings.s3_public_endpoint,
            bucket=settings.s3_bucket,
            region=settings.s3_region,
            access_key=settings.s3_access_key.get_secret_value(),
            secret_key=settings.s3_secret_key.get_secret_value(),
        ),
        clock,
    )
    try:
        store.create_bucket()
    except BaseException:
        store.close()
        raise
    return store
