"""The frame of a page, its sections and cards."""

from medgan_tf.presentation.blocks import Section, Table, fold, paragraph
from medgan_tf.presentation.cards import Card, cards_block
from medgan_tf.presentation.page import data_uri, html_page, section_html


def test_a_section_shows_its_blocks_in_order():
    hidden = Table("t", "not shown", ["a"], [["b"]], shown=False)
    section = Section("What <it> is", [paragraph("one & two"), hidden, fold("more <b>", paragraph("three"), "small")])
    assert section_html(section, "<p>end</p>") == (
        '<section id="what-&lt;it&gt;-is">\n<h2>What &lt;it&gt; is</h2>\n<p>one &amp; two</p>\n'
        "<details class='small'><summary>more &lt;b&gt;</summary><p>three</p></details><p>end</p>\n</section>\n"
    )


def test_cards_are_escaped_and_leave_out_empty_lines():
    assert cards_block([Card("A?", "good", "<b>", ["1 < 2", ""]), Card("B?", "absent", "no")]).text == (
        '<div class="cards"><article class="card good"><h3>A?</h3><p class="verdict">&lt;b&gt;</p><p>1 &lt; 2</p>'
        '</article><article class="card absent"><h3>B?</h3><p class="verdict">no</p></article></div>'
    )


def test_a_page_loads_nothing_from_elsewhere():
    page = html_page("A & B", "", "<p>body</p>", "made <here>")
    assert "<title>A &amp; B</title>" in page and "<h1>A &amp; B</h1></header>" in page
    assert "made &lt;here&gt;" in page and "default-src 'none'" in page
    assert '<p class="lead">lead</p>' in html_page("A", "lead", "", "")
    assert data_uri("image/png", b"abc") == "data:image/png;base64,YWJj"
