"""Characters of a message: octets to text by the name of a charset that a stranger wrote (RFC 2045 §2.2, RFC 2978).

Python finds codecs by name, and not each is a charset of mail: some take time that grows with the square of the text
(``punycode``), some are no charsets at all (``unicode_escape``), and names that nobody knows are remembered for ever.
So names are looked up in a list of our own.
"""

from __future__ import annotations

import re
from encodings.aliases import aliases

LONGEST_NAME = 60
"""Letters of a charset's name: the longest that is registered has 45."""

_NAMES = (
    "ascii utf_8 utf_8_sig utf_16 utf_16_be utf_16_le utf_32 utf_32_be utf_32_le latin_1 "
    "iso8859_1 iso8859_2 iso8859_3 iso8859_4 iso8859_5 iso8859_6 iso8859_7 iso8859_8 iso8859_9 iso8859_10 iso8859_11 "
    "iso8859_13 iso8859_14 iso8859_15 iso8859_16 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 "
    "cp437 cp720 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp860 cp861 cp862 cp863 cp864 cp865 cp866 cp869 cp874 "
    "cp1125 "
    "koi8_r koi8_t koi8_u kz1048 ptcp154 tis_620 hp_roman8 mac_roman mac_latin2 mac_cyrillic mac_greek mac_turkish "
    "gb2312 gbk gb18030 hz big5 big5hkscs cp950 euc_jp euc_jis_2004 euc_jisx0213 shift_jis shift_jis_2004 "
    "shift_jisx0213 cp932 iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_2004 iso2022_jp_3 iso2022_jp_ext iso2022_kr "
    "euc_kr cp949 johab"
)
_CODECS = frozenset(_NAMES.split())
# What is meant is often the larger charset of the same family: programs write letters that the smaller one lacks.
_WIDER = {
    "latin_1": "cp1252", "iso8859_1": "cp1252", "iso8859_9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030",
    "shift_jis": "cp932", "euc_kr": "cp949", "tis_620": "cp874", "iso8859_11": "cp874", "utf_8": "utf_8_sig",
    "iso2022_jp": "iso2022_jp_ext", "big5": "big5hkscs",
}  # fmt: skip
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")


def codec_of(charset: str) -> str:
    """Python's name of the codec for a charset, "" where it is none that we read, or ASCII (which is UTF-8 as well)."""
    if len(charset) > LONGEST_NAME:
        return ""
    name = _NOT_IN_A_NAME.sub("_", charset.lower()).strip("_").removeprefix("x_")
    codec = aliases.get(name, name)
    return _WIDER.get(codec, codec) if codec in _CODECS and codec != "ascii" else ""


def decode(data: bytes, charset: str = "") -> str:
    """``data`` as text; it always succeeds, and what makes no sense becomes U+FFFD.

    Without a charset, or with one that nobody knows, it is read as UTF-8 (RFC 6532), else as windows-1252, which gives
    a letter to nearly every octet.
    """
    codec = codec_of(charset)
    if codec:
        return data.decode(codec, "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
