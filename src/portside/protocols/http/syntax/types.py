"""Content types by the ending of a file's name (RFC 9110 §8.3), from a table of our own.

The system's table differs from machine to machine; a served page should not. Text is said to be UTF-8, which is
what people write today, and which keeps a browser from guessing.
"""

from __future__ import annotations

DEFAULT = b"application/octet-stream"
"""What nobody knows is bytes: a browser saves it and runs nothing."""

_UTF_8 = b"; charset=utf-8"

_TEXT = {
    "text/html": "html htm xhtm shtml",
    "text/css": "css",
    "text/javascript": "js mjs cjs",
    "text/plain": "txt text log conf cfg ini diff patch asc list properties env lock rst adoc tex bib srt "
    "py pyi c h cc cpp hpp cxx rs go java kt swift rb pl php lua r sh bash zsh fish ps1 bat sql proto graphql "
    "tsx jsx vue svelte scss sass less cmake mk gradle toml gitignore gitattributes editorconfig",
    "text/markdown": "md markdown",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "text/calendar": "ics ifb",
    "text/vcard": "vcf vcard",
    "text/vtt": "vtt",
}
_TEXT_ELSEWHERE = {
    "application/xml": "xml xsl xslt xsd dtd wsdl",
    "application/xhtml+xml": "xhtml",
    "application/rss+xml": "rss",
    "application/atom+xml": "atom",
    "application/yaml": "yaml yml",
    "application/vnd.apple.mpegurl": "m3u8 m3u",
    "application/dash+xml": "mpd",
    "application/gpx+xml": "gpx",
    "application/vnd.google-earth.kml+xml": "kml",
    "image/svg+xml": "svg",
}
# RFC 8259 §11: JSON has no charset parameter; it is UTF-8 by definition.
_JSON = {
    "application/json": "json map har ipynb json5 jsonc",
    "application/ld+json": "jsonld",
    "application/geo+json": "geojson",
    "application/manifest+json": "webmanifest",
    "application/jsonl": "jsonl ndjson",
    "model/gltf+json": "gltf",
}
_BINARY = {
    "application/wasm": "wasm",
    "application/pdf": "pdf",
    "application/rtf": "rtf",
    "application/epub+zip": "epub",
    "application/zip": "zip cbz whl xpi",
    "application/gzip": "gz tgz svgz",
    "application/zstd": "zst tzst",
    "application/x-brotli": "br",
    "application/x-bzip2": "bz2 tbz2",
    "application/x-xz": "xz txz",
    "application/x-tar": "tar",
    "application/x-7z-compressed": "7z",
    "application/vnd.rar": "rar",
    "application/java-archive": "jar war",
    "application/vnd.android.package-archive": "apk",
    "application/vnd.debian.binary-package": "deb",
    "application/x-rpm": "rpm",
    "application/x-iso9660-image": "iso",
    "application/x-apple-diskimage": "dmg",
    "application/vnd.sqlite3": "sqlite sqlite3 db",
    "application/x-bittorrent": "torrent",
    "application/x-pcapng": "pcapng",
    "application/vnd.tcpdump.pcap": "pcap cap",
    "application/x-x509-ca-cert": "crt der",
    "application/x-pem-file": "pem",
    "application/pgp-signature": "sig",
    "application/postscript": "ps eps ai",
    "application/msword": "doc dot",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.ms-fontobject": "eot",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
    "application/vnd.apache.parquet": "parquet",
    "application/octet-stream": "bin exe dll so dylib img dat pyc o a class",
    "message/rfc822": "eml mht mhtml",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
    "audio/ogg": "ogg oga opus",
    "audio/flac": "flac",
    "audio/wav": "wav",
    "audio/webm": "weba",
    "audio/midi": "mid midi",
    "audio/aiff": "aif aiff",
    "audio/basic": "au snd",
    "video/mp4": "mp4 m4v m4s",
    "video/mpeg": "mpeg mpg",
    "video/mp2t": "ts m2ts",
    "video/ogg": "ogv",
    "video/webm": "webm",
    "video/quicktime": "mov qt",
    "video/matroska": "mkv",
    "video/x-msvideo": "avi",
    "video/3gpp": "3gp",
    "image/png": "png",
    "image/apng": "apng",
    "image/jpeg": "jpg jpeg jpe jfif",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/heic": "heic",
    "image/heif": "heif",
    "image/jxl": "jxl",
    "image/bmp": "bmp",
    "image/tiff": "tif tiff",
    "image/vnd.microsoft.icon": "ico cur",
    "image/vnd.adobe.photoshop": "psd",
    "font/woff": "woff",
    "font/woff2": "woff2",
    "font/ttf": "ttf",
    "font/otf": "otf",
    "font/collection": "ttc",
    "model/gltf-binary": "glb",
    "model/stl": "stl",
    "model/obj": "obj",
}
_PLAIN_NAMES = frozenset(
    {"readme", "license", "licence", "copying", "authors", "changelog", "contributing", "notice", "todo"}
    | {"makefile", "dockerfile", "procfile"}
)
_PLAIN = b"text/plain" + _UTF_8


def _by_ending() -> dict[str, bytes]:
    table: dict[str, bytes] = {}
    for types, charset in ((_TEXT, _UTF_8), (_TEXT_ELSEWHERE, _UTF_8), (_JSON, b""), (_BINARY, b"")):
        for name, endings in types.items():
            table.update(dict.fromkeys(endings.split(), name.encode("ascii") + charset))
    return table


TYPES = _by_ending()
"""Ending, in lower case and without its dot, to the value of Content-Type."""

_TEXTUAL = frozenset(name.encode("ascii") for name in (*_TEXT, *_TEXT_ELSEWHERE, *_JSON)) | {
    b"application/wasm",
    b"application/javascript",
    b"application/vnd.ms-fontobject",
    b"application/rtf",
    b"application/postscript",
    b"font/ttf",
    b"font/otf",
    b"image/bmp",
    b"image/vnd.microsoft.icon",
    b"model/stl",
    b"model/obj",
}


def content_type(name: str) -> bytes:
    """The Content-Type for a file called ``name``; only what follows the last dot counts.

    So ``page.html.gz`` is a gzip file: whoever sends it as a coded page says so with Content-Encoding, and asks
    for the type of ``page.html``. A name without an ending is plain text if it is one that projects use
    (``README``), and ``DEFAULT`` otherwise.
    """
    _, dot, ending = name.rpartition(".")
    if dot:
        return TYPES.get(ending.lower(), DEFAULT)
    return _PLAIN if ending.lower() in _PLAIN_NAMES else DEFAULT


def is_compressible(value: bytes) -> bool:
    """Whether a body with this Content-Type is worth compressing: text, and a few formats without any coding."""
    name = value.partition(b";")[0].strip(b" \t").lower()
    return name in _TEXTUAL or name.startswith(b"text/") or name.endswith((b"+json", b"+xml"))
