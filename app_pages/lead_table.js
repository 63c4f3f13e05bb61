// A table whose rows are links and can be ticked. Everything that comes with `data` is shown as text only.

const element = (name, given = {}, inside = []) => {
  const made = Object.assign(document.createElement(name), given);
  made.append(...inside);
  return made;
};

const part = {
  badge: ({ text, tone }) => element("span", { className: `badge ${tone}`, textContent: text }),
  bar: ({ text, share, said }) => {
    const filled = element("span", { className: "filled" });
    filled.style.width = `${100 * share}%`;
    return element("span", { className: "bar", title: said }, [
      element("span", { className: "track" }, [filled]),
      element("span", { textContent: text }),
    ]);
  },
  chips: ({ chips }) =>
    element("span", { className: "chips" }, chips.map(({ text, said }) =>
      element("span", { className: "chip", title: said, textContent: text }))),
  small: ({ text }) => element("span", { className: "small", textContent: text, title: text }),
  text: ({ text }) => element("span", { className: "line", textContent: text, title: text }),
  link: ({ text, href }) => element("a", { className: "line", textContent: text, title: text, href }),
};

export default function ({ data: { at, ...data }, parentElement, setStateValue, setTriggerValue }) {
  const room = parentElement.querySelector(".leads");
  if (at < room.at) return; // this file was still loading when newer data came, and their call overtook this one
  room.at = at;
  const same = JSON.stringify(data);
  room.tell = { tick: (ids) => setStateValue("ticked", ids), open: (id) => setTriggerValue("opened", id) };
  if (room.drawn === same) return;
  room.drawn = same;

  const before = room.ticked ?? data.ticked;
  room.ticked = before.filter((id) => data.rows.some((row) => row.id === id));
  if (room.ticked.length < before.length) room.tell.tick(room.ticked);

  const boxes = [];
  const all = element("input", { type: "checkbox", ariaLabel: data.tick_all, title: data.tick_all });
  const note = () => {
    room.ticked = data.rows.filter((_, i) => boxes[i].checked).map((row) => row.id);
    all.checked = room.ticked.length === boxes.length;
    all.indeterminate = room.ticked.length > 0 && !all.checked;
    boxes.forEach((box) => box.closest("tr").classList.toggle("ticked", box.checked));
  };
  const changed = () => {
    note();
    room.tell.tick(room.ticked);
  };
  all.onchange = () => {
    boxes.forEach((box) => (box.checked = all.checked));
    changed();
  };

  const line = (row) => {
    const cells = row.cells.map((parts, i) =>
      element("td", { className: data.columns[i].side }, parts.map((p) => part[p.kind]({ ...p, href: row.href }))));
    const made = element("tr", {}, cells);
    if (data.tickable) {
      const box = element("input", {
        type: "checkbox", checked: room.ticked.includes(row.id), ariaLabel: row.tick, onchange: changed,
      });
      boxes.push(box);
      made.prepend(element("td", { className: "tick" }, [box]));
    }
    made.onclick = (event) => {
      const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
      if (elsewhere || event.target.closest(".tick") || String(document.getSelection())) return;
      event.preventDefault();
      room.tell.open(row.id);
    };
    return made;
  };

  const heads = data.columns.map(({ title, said, side }) =>
    element("th", { scope: "col", textContent: title, title: said || title, className: side }));
  const widths = data.columns.map(({ width }) => element("col", { width: `${width}%` }));
  if (data.tickable) {
    heads.unshift(element("th", { className: "tick" }, [all]));
    widths.unshift(element("col", { width: "34" }));
  }
  const table = element("table", {}, [
    element("caption", { textContent: data.title }),
    element("colgroup", {}, widths),
    element("thead", {}, [element("tr", {}, heads)]),
    element("tbody", {}, data.rows.map(line)),
  ]);
  table.onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = [...table.querySelectorAll("a")];
    const here = links.findIndex((link) => link.closest("tr").contains(event.target));
    if (!step || !links[here + step]) return;
    event.preventDefault();
    links[here + step].focus();
  };
  room.replaceChildren(table);
  if (data.tickable) note();
}
