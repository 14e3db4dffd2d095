"""What a technician writes into a list of cameras."""

import pytest

from core.errors import SettingsError
from recorder.setup.camera_list import ListedCamera, read_camera_list, write_camera_list


def test_a_line_is_a_camera_and_what_is_said_of_it_does_not_matter():
    listed = read_camera_list("# ballot box\r\n/dev/video0\r\n\r\n  # hall\n  test:hall  \n")
    assert [camera.address for camera in listed] == ["/dev/video0", "test:hall"]


def test_the_smaller_stream_stands_behind_the_address():
    (camera,) = read_camera_list("rtsp://a:p#=@10.0.0.2/1   substream=rtsp://a:p#=@10.0.0.2/2")
    assert camera == ListedCamera(
        address="rtsp://a:p#=@10.0.0.2/1", substream="rtsp://a:p#=@10.0.0.2/2"
    )


def test_a_path_may_have_spaces():
    (camera,) = read_camera_list("/media/my films/hall.mp4")
    assert camera == ListedCamera(address="/media/my films/hall.mp4")


@pytest.mark.parametrize("text", ["", "\n \n", "# nothing\n"])
def test_a_list_without_a_camera_is_refused(text):
    with pytest.raises(SettingsError, match="empty"):
        read_camera_list(text)


@pytest.mark.parametrize("line", ["rtsp://u:secret@10.0.0.2/ substream=", " substream=rtsp://x"])
def test_a_line_of_another_form_is_named_by_its_number_and_never_shown(line):
    with pytest.raises(SettingsError, match="line 2") as refused:
        read_camera_list(f"test:first\n{line}\n")
    assert "secret" not in str(refused.value)


def test_a_list_that_is_written_is_read_as_the_same_cameras():
    cameras = (
        ListedCamera(address="rtsp://a:p#=@10.0.0.2/1", substream="rtsp://a:p#=@10.0.0.2/2"),
        ListedCamera(address="/media/my films/hall.mp4"),
    )
    assert read_camera_list(write_camera_list(cameras)) == cameras


@pytest.mark.parametrize("address", ["/a\nb.mp4", " /a.mp4", "#1.mp4", "", "/secret substream=/b"])
def test_an_address_that_would_be_read_as_another_is_not_written(address):
    with pytest.raises(SettingsError) as refused:
        write_camera_list([ListedCamera(address=address)])
    assert "secret" not in str(refused.value)
