"""PNG files with marks: text chunks, and IPTC's source type in an XMP packet. The pixels stay as they are."""

import zlib
from xml.sax.saxutils import escape

from medgan_tf.synthesis.marks.marks import SOURCE_TYPE, Marks

_HEADER_END = 8 + 12 + 13
"""Signature, and the chunk IHDR, which is the first of every PNG file."""


def marked_png(content: bytes, marks: Marks) -> bytes:
    """A PNG file with the marks behind its header.

    Args:
        content: A PNG file without them.
        marks: The marks.
    """
    if content[12:16] != b"IHDR":
        raise ValueError("expected a PNG file")
    chunks = [_text(keyword, text) for keyword, text in marks.texts().items()]
    chunks.append(_international("XML:com.adobe.xmp", xmp_packet(marks)))
    return content[:_HEADER_END] + b"".join(chunks) + content[_HEADER_END:]


def xmp_packet(marks: Marks) -> str:
    """The XMP packet: source type (IPTC), program, and terms of use where they are stated."""
    rights = ""
    if marks.licence:
        item = f'<rdf:Alt><rdf:li xml:lang="x-default">{escape(marks.licence)}</rdf:li></rdf:Alt>'
        rights = f"\n   <xmpRights:UsageTerms>{item}</xmpRights:UsageTerms>"
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
   <Iptc4xmpExt:DigitalSourceType>{SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>
   <xmp:CreatorTool>{escape(marks.software)}</xmp:CreatorTool>{rights}
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


def _text(keyword: str, text: str) -> bytes:
    if not text.isascii():
        return _international(keyword, text)
    return _chunk(b"tEXt", f"{keyword}\0{text}".encode("ascii"))


def _international(keyword: str, text: str) -> bytes:
    # Not compressed, without a language and without a translated keyword.
    return _chunk(b"iTXt", keyword.encode("ascii") + b"\0\0\0\0\0" + text.encode("utf-8"))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
