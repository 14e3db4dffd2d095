"""The package's text for people: Kyrgyz, Russian, English. Needs nothing but a shell."""

PROVEN_FILM = """\
RUN=…
film=proven-$RUN.mp4
cat evidence/$RUN.init.mp4 > $film
grep "\\"run\\":\\"$RUN\\"" evidence/entries.txt |
  grep -q "\\"init\\":\\"$(sha256sum < $film | cut -c 1-64)\\"" ||
  echo "the beginning is not the one that was signed"
tr -d '",' < manifest.json | awk '
  $1 == "file:" && $2 ~ /^clips\\// { clip = $2 }
  $1 == "offset:" { at = $2 }
  $1 == "sha256:" && at != "" { print $2, clip, at; at = "" }' > places
grep '"kind":"segment"' evidence/entries.txt | grep "\\"run\\":\\"$RUN\\"" |
sed 's/.*"number":\\([0-9]*\\).*"sha256":"\\([0-9a-f]*\\)".*"size":\\([0-9]*\\).*/\\1 \\2 \\3/' |
sort -n | while read -r number sha256 size; do
  set -- $(grep "^$sha256 " places | head -n 1)
  if [ $# = 3 ] && tail -c +$(($3 + 1)) "$2" | head -c "$size" > piece &&
    [ "$(sha256sum < piece | cut -c 1-64)" = "$sha256" ]
  then cat piece >> $film
  else echo "segment $number was signed, and is not here"
  fi
done
rm -f piece places
"""
"""Makes, in the unpacked package, a film of the bytes alone that one run's device has signed."""

_TEXT = """\
КЫРГЫЗЧА

Бул пакетте шайлоо участкасынын камерасынын жазуусу бар.
  clips/         видео; каалаган ойноткуч менен ачылат
  evidence/      жазуучу түзмөк койгон кол тамгалар жана ар бир жазуунун башталышы
  manifest.json  участок, камера, убакыт, ар бир сегменттин хеши, үзгүлтүктөр жана себептери
  SHA256SUMS     бардык файлдардын хештери

Файлдар жолдо бузулбаганын текшерүү (Linux, macOS):
  sha256sum -c SHA256SUMS
Бул атайылап өзгөртүүнү көрсөтпөйт: SHA256SUMS, manifest.json жана ар бир клиптин ойноткуч ээрчиген
индексине (moov) кол коюлган эмес. Клипти өзгөрткөн адам аларды да кайра жасай алат.
Далилденген көрүнүш: эң аягындагы буйруктар кол коюлган байттардан гана турган тасманы түзөт.
Адегенде evidence/entries.txt саптарынын кол тамгаларын текшериңиз; RUN маанисин manifest.json
ичиндеги клиптен ("run") алыңыз. Тасманын сааты жазуу сеансынын башынан саналат.
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

Проверить, что файлы не повредились в пути (Linux, macOS):
  sha256sum -c SHA256SUMS
Намеренную подмену это не покажет: SHA256SUMS, manifest.json и индекс каждого клипа (moov), которому
следует проигрыватель, не подписаны. Тот, кто изменил клип, может переделать и их.
Доказанный вид: команды в самом конце собирают фильм только из подписанных байтов. Сначала проверьте
подписи строк evidence/entries.txt; RUN возьмите у клипа в manifest.json ("run"). Время фильма
отсчитывается от начала сеанса записи.
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

To check that no file was damaged on its way (Linux, macOS):
  sha256sum -c SHA256SUMS
This does not show a change made on purpose: SHA256SUMS, manifest.json and the index of each clip
(moov), which a player follows, are not signed. Whoever changes a clip can remake them, too.
The proven view: the commands at the very end make a film of signed bytes alone. First check the
signatures of the lines in evidence/entries.txt; RUN is the "run" of a clip in manifest.json. The
film's clock counts from the beginning of the recording session.
To check one segment, take offset, size_bytes and sha256 from manifest.json:
  tail -c +$((OFFSET + 1)) clips/FILE.mp4 | head -c SIZE | sha256sum
The hash must be the one in the signed line of evidence/entries.txt.
All times are UTC, by the clock of the device.

A line of evidence/entries.txt is JSON, a tab and a signature in base64: Ed25519 over the text
"pollcam-entry-v1", a newline, and the JSON, by the key that manifest.json names for the device.
That the key belongs to the device must be learned from the commission, not from this package.
"""

README = f"{_TEXT}\n\nБУЙРУКТАР · КОМАНДЫ · COMMANDS\n\n{PROVEN_FILM}"
