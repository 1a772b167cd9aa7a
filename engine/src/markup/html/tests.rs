use super::*;

fn text(html: &str) -> String {
    read(html).text
}

#[test]
fn headings_paragraphs_and_lists_become_markdown() {
    let html = "<!DOCTYPE html><html><head><title>The &amp; title</title><style>p{}</style></head><body>\
        <nav>Home</nav><h1>Top  <em>level</em></h1><p>One\n two<br>three &lt;four&gt;</p><h2>Lists</h2>\
        <ul><li>a<li>b<ul><li>c</ul></ul><ol><li>first</li><li>second</li></ol>\
        <script>if (a < b) alert('</p>')</script><p>end</body></html>";
    let found = read(html);
    assert_eq!(found.title.as_deref(), Some("The & title"));
    let expected = "# Top level\n\nOne two\nthree <four>\n\n## Lists\n\n- a\n- b\n  - c\n\n1. first\n2. second\n\nend";
    assert_eq!(found.text, expected);
}

#[test]
fn tables_become_rows_and_preformatted_text_keeps_its_lines() {
    let html = "<table><tr><th>a</th><th>b</th></tr><tr><td>1 <p>x</p></td><td>2|</td></tr></table>\
        <pre>\n  keep\n    this</pre>after";
    let expected = "| a | b |\n| --- | --- |\n| 1 x | 2\\| |\n\n```\n  keep\n    this\n```\n\nafter";
    assert_eq!(text(html), expected);
}

#[test]
fn without_a_title_the_first_heading_is_taken() {
    assert_eq!(read("<h2>No</h2><h1>Yes</h1><h1>No</h1>").title.as_deref(), Some("Yes"));
    let html = "<title> </title><h1><img></h1><h1 hidden>no</h1><h1><div>On two<br>lines</div></h1><p>x</p>";
    assert_eq!(read(html).title.as_deref(), Some("On two lines"));
    assert_eq!(read("<p>none</p>").title, None);
    let many = format!("<h1>{}<h1>no", "Long ".repeat(1000)).repeat(1000);
    assert_eq!(read(&many).title.map(|title| title.len()), Some(200));
}

#[test]
fn an_unclosed_nav_hides_only_what_comes_before_the_main_text() {
    assert_eq!(text("<nav><a>Menu</a><main><p>Shown</p></main>"), "Shown");
}

#[test]
fn what_is_not_shown_is_not_read() {
    for hidden in [
        "<div hidden><div>no</div><article>no</article></div>",
        "<span style='color:red; Display : NONE'>no</span>",
        "<section style=\"visibility:hidden\">no</section>",
        "<script>no</script><style>no</style><template>no</template><noscript>no</noscript>",
        "<svg><text>no</text></svg><!-- no --><textarea>no</textarea>",
        "<ul><li hidden>no <b>no</b></ul>",
        "<p hidden>no",
    ] {
        assert_eq!(text(&format!("<p>one</p>{hidden}<p>two</p>")), "one\n\ntwo", "{hidden}");
    }
    for shown in ["<input hidden>", "<div hidden=until-found></div>", "<body style='visibility:hidden'>", "<svg/>"] {
        assert_eq!(text(&format!("{shown}<p>yes</p>")), "yes", "{shown}");
    }
}

#[test]
fn endless_nesting_is_read_like_any_text() {
    for tag in ["div", "b", "ul", "table", "blockquote", "pre", "nav", "svg", "h1", "td", "div hidden"] {
        let html = format!("{}x", format!("<{tag}>").repeat(200_000));
        assert!(text(&html).len() < 2_000_000, "{tag}");
    }
}

/// Each attribute is compared with all before it: without a limit, that is 45 billion comparisons.
#[test]
fn a_tag_of_endless_attributes_ends_what_is_read() {
    for tag in ["<p", "</p", "<p title='<b'"] {
        let attributes: String = (0..300_000).map(|n| format!(" a{n}=")).collect();
        let html = format!("<p>one</p>{tag}{attributes}>two");
        assert_eq!(text(&html), "one", "{tag}");
    }
}

#[test]
fn long_values_and_comments_are_passed_over() {
    let json = "{\"key\": \"a < b, <i c\", \"d\": [1, 2]} ".repeat(20_000);
    for long in
        [format!("<p data-all='{json}'>"), format!("<!-- <b {json} -->"), format!("<p x=\"{}\">", "/".repeat(1 << 20))]
    {
        assert_eq!(text(&format!("one{long}two")).replace("\n\n", ""), "onetwo");
    }
}
