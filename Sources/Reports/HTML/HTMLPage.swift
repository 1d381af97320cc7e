/// A page that needs nothing beside itself: sections with a list of them at the top, in light and dark, on screens and paper.
package struct HTMLPage {
  /// A part of the page under a heading.
  package struct Section {
    /// The heading.
    package var title: String
    /// The name in the page's address, `#name`: letters and hyphens.
    package var name: String
    /// What stands below the heading.
    package var content: [HTML]

    /// Makes a section.
    package init(_ title: String, name: String, _ content: [HTML]) {
      (self.title, self.name, self.content) = (title, name, content)
    }
  }

  /// The heading of the page.
  package var title: String
  /// A sentence below it.
  package var subtitle: String
  /// The sections.
  package var sections: [Section]

  /// Makes a page.
  package init(title: String, subtitle: String, sections: [Section]) {
    (self.title, self.subtitle, self.sections) = (title, subtitle, sections)
  }

  /// The page's text.
  package var text: String {
    HTML.document([
      HTML(
        "head", [],
        [
          HTML("meta", [("charset", "utf-8")]),
          HTML("meta", [("name", "viewport"), ("content", "width=device-width, initial-scale=1")]),
          HTML("meta", [("name", "color-scheme"), ("content", "light dark")]),
          HTML("title", text: title), HTML.style(Self.style),
        ]),
      HTML(
        "body", [],
        [
          HTML(
            "header", [],
            [
              HTML("h1", text: title), HTML("p", text: subtitle),
              HTML(
                "nav", [("aria-label", "Sections")],
                sections.map { HTML("a", [("href", "#\($0.name)")], text: $0.title) }),
            ]),
          HTML(
            "main", [],
            sections.map { section in
              HTML(
                "section", [("id", section.name)], [HTML("h2", text: section.title)] + section.content)
            }),
        ]),
    ])
  }

  /// A table with a row of headings; columns of numbers stand to the right.
  ///
  /// - Parameter caption: what stands above it; nil for nothing.
  package static func table(_ headings: [String], _ rows: [[String]], caption: String? = nil) -> HTML {
    let columns = headings.indices.map { column -> [(name: String, value: String)] in
      let cells = rows.compactMap { $0.indices.contains(column) ? $0[column] : nil }
      return column > 0 && !cells.isEmpty && cells.allSatisfy(isNumber) ? [("class", "number")] : []
    }
    let head = zip(headings, columns).map { HTML("th", [("scope", "col")] + $1, text: $0) }
    let body = rows.map { row in
      // The first cell of a row names it.
      HTML(
        "tr", [],
        zip(row, columns).enumerated().map { index, cell in
          index == 0
            ? HTML("th", [("scope", "row")], text: cell.0) : HTML("td", cell.1, text: cell.0)
        })
    }
    // It can be moved by the keyboard where it is wider than the page.
    return HTML(
      "div", [("class", "table"), ("tabindex", "0")],
      [
        HTML(
          "table", [],
          (caption.map { [HTML("caption", text: $0)] } ?? []) + [
            HTML("thead", [], [HTML("tr", [], head)]), HTML("tbody", [], body),
          ])
      ])
  }

  /// Whether a cell is a number, with a unit perhaps, or stands for a missing one.
  private static func isNumber(_ cell: String) -> Bool {
    let words = cell.split(separator: " ")
    guard let first = words.first, words.count <= 2 else { return cell.isEmpty }
    let isUnit = words.count == 1 || ["%", "s", "ms", "min"].contains(words[1])
    return first == "–" || isUnit && Double(first.replacing("−", with: "-")) != nil && first.count < 16
  }

  /// A picture with a line below it.
  package static func figure(_ picture: HTML, caption: String) -> HTML {
    HTML("figure", [], [picture, HTML("figcaption", text: caption)])
  }

  /// Pictures beside one another where there is room.
  package static func row(_ figures: [HTML]) -> HTML { HTML("div", [("class", "figures")], figures) }

  /// What can be opened when it is wanted.
  package static func details(_ summary: String, _ content: [HTML]) -> HTML {
    HTML("details", [], [HTML("summary", text: summary)] + content)
  }

  private static let style = """
    :root {
      color-scheme: light dark;
      --page: #ffffff; --ink: #1d2329; --quiet: #5a6570; --line: #d5dbe1; --field: #f4f6f8; --heat: 31, 111, 214;
      --c0: #1f6fd6; --c1: #cf4a0c; --c2: #26823a; --c3: #c2255c; --c4: #6f42c1; --c5: #0b7285; --c6: #8a6d00; --c7: #5c636a;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #14181c; --ink: #e6eaee; --quiet: #9aa6b2; --line: #343c44; --field: #1d2329; --heat: 94, 158, 255;
        --c0: #6ea8ff; --c1: #ff9a5c; --c2: #63d07a; --c3: #ff7fa6; --c4: #b79cff; --c5: #57cddd; --c6: #e3c34a; --c7: #aab3bb;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0 auto; max-width: 76rem; padding: 1.5rem clamp(1rem, 4vw, 3rem) 4rem; background: var(--page); color: var(--ink);
      font: 1rem/1.5 system-ui, "DejaVu Sans", sans-serif;
    }
    h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; overflow-wrap: anywhere; }
    h2 { font-size: 1.2rem; margin: 2.2rem 0 .7rem; padding-top: .7rem; border-top: 1px solid var(--line); }
    header p { margin: 0 0 .8rem; color: var(--quiet); }
    nav { display: flex; flex-wrap: wrap; gap: .3rem 1rem; }
    a { color: var(--c0); }
    a:focus-visible, summary:focus-visible, .table:focus-visible { outline: 2px solid var(--c0); outline-offset: 2px; }
    .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 1rem 2rem; }
    figure { margin: .3rem 0; min-width: 0; }
    figure svg { display: block; width: 100%; height: auto; max-width: 34rem; }
    figcaption { color: var(--quiet); font-size: .875rem; }
    .table { overflow-x: auto; margin: .5rem 0; }
    table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
    caption { text-align: left; color: var(--quiet); padding-bottom: .3rem; }
    th, td { padding: .25rem .8rem .25rem 0; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
    td { overflow-wrap: break-word; }
    details td { overflow-wrap: anywhere; }
    thead th { color: var(--quiet); font-weight: 600; }
    tbody th { font-weight: 500; }
    td.number, th.number { text-align: right; white-space: nowrap; }
    code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .85em; }
    summary { cursor: pointer; color: var(--c0); }
    svg text { fill: var(--ink); font: 12px system-ui, "DejaVu Sans", sans-serif; }
    svg .quiet { fill: var(--quiet); }
    svg .grid { stroke: var(--line); fill: none; }
    svg .axis { stroke: var(--quiet); fill: none; }
    \((0..<8).map { "svg .s\($0) { stroke: var(--c\($0)); } svg .f\($0) { fill: var(--c\($0)); }" }.joined(separator: "\n    "))
    svg .curve { fill: none; stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round; }
    svg .band { stroke: none; fill-opacity: .18; }
    @media print {
      :root {
        --page: #fff; --ink: #000; --quiet: #444; --line: #bbb; --heat: 31, 111, 214;
        --c0: #1f6fd6; --c1: #cf4a0c; --c2: #26823a; --c3: #c2255c; --c4: #6f42c1; --c5: #0b7285; --c6: #8a6d00; --c7: #5c636a;
      }
      body { max-width: none; padding: 0; font-size: 10pt; }
      nav { display: none; }
      figure, tr { break-inside: avoid; }
      h2 { break-after: avoid; }
    }

    """
}
