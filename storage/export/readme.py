"""The package's text for people: Kyrgyz, Russian, English. Needs nothing but a shell."""

README = """\
КЫРГЫЗЧА

Бул пакетте шайлоо участкасынын камерасынын жазуусу бар.
  clips/         видео; каалаган ойноткуч менен ачылат
  evidence/      жазуучу түзмөк койгон кол тамгалар жана ар бир жазуунун башталышы
  manifest.json  участок, камера, убакыт, ар бир сегменттин хеши, үзгүлтүктөр жана себептери
  SHA256SUMS     бардык файлдардын хештери

Файлдар өзгөрбөгөнүн текшерүү (Linux, macOS):
  sha256sum -c SHA256SUMS
Бир сегментти текшерүү: manifest.json ичинен offset, size_bytes жана sha256 маанилерин алыңыз:
  tail -c +$((OFFSET + 1)) clips/ФАЙЛ.mp4 | head -c SIZE | sha256sum
Алынган хеш evidence/entries.txt ичиндеги кол коюлган саптагы хеш менен бирдей болушу керек.
Бардык убакыт UTC боюнча, түзмөктүн саатынан алынган.

evidence/entries.txt файлынын ар бир сабы: JSON, табуляция жана base64 түрүндөгү кол тамга. Ал
Ed25519 менен "pollcam-entry-v1" текстине, жаңы сапка жана JSONго коюлган; ачкычын manifest.json
атайт. Ачкыч чын эле ошол түзмөктүкү экенин бул пакет эмес, комиссия ырастайт.


ПО-РУССКИ

В этом пакете запись камеры избирательного участка.
  clips/         видео; открывается любым проигрывателем
  evidence/      строки, подписанные записывающим устройством, и начало каждого сеанса записи
  manifest.json  участок, камера, время, хеш каждого сегмента, пропуски и их причины
  SHA256SUMS     хеши всех файлов

Проверить, что файлы не изменены (Linux, macOS):
  sha256sum -c SHA256SUMS
Проверить один сегмент: возьмите offset, size_bytes и sha256 из manifest.json:
  tail -c +$((OFFSET + 1)) clips/ФАЙЛ.mp4 | head -c SIZE | sha256sum
Полученный хеш должен совпасть с хешем в подписанной строке файла evidence/entries.txt.
Всё время указано в UTC, по часам устройства.

Каждая строка evidence/entries.txt: JSON, табуляция и подпись в base64. Это Ed25519 по тексту
"pollcam-entry-v1", переводу строки и самому JSON; ключ устройства назван в manifest.json. Что ключ
действительно принадлежит устройству, подтверждает комиссия, а не этот пакет.


ENGLISH

This package holds footage of a polling station's camera.
  clips/         video; opens in any player
  evidence/      lines signed by the recording device, and the beginning of each recording session
  manifest.json  station, camera, time, the hash of every segment, gaps and their causes
  SHA256SUMS     the hashes of all files

To check that no file was changed (Linux, macOS):
  sha256sum -c SHA256SUMS
To check one segment, take offset, size_bytes and sha256 from manifest.json:
  tail -c +$((OFFSET + 1)) clips/FILE.mp4 | head -c SIZE | sha256sum
The hash must be the one in the signed line of evidence/entries.txt.
All times are UTC, by the clock of the device.

A line of evidence/entries.txt is JSON, a tab and a signature in base64: Ed25519 over the text
"pollcam-entry-v1", a newline, and the JSON, by the key that manifest.json names for the device.
That the key belongs to the device must be learned from the commission, not from this package.
"""
