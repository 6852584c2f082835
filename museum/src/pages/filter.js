// Filters of the table. Without this every row is there.
(() => {
  const form = document.getElementById("filters");
  const rows = [...document.querySelectorAll("table.exhibits tbody tr")];
  const shown = document.getElementById("shown");
  const apply = () => {
    const f = form.elements;
    const words = f.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let n = 0;
    for (const row of rows) {
      const d = row.dataset;
      const fits = words.every((word) => d.text.includes(word))
        && (!f.topic.value || d.topic === f.topic.value)
        && (!f.tool.value || d.tools.split(" ").includes(f.tool.value))
        && (!f.first.value || d.first === f.first.value)
        && (!f.rust.value || d.rust === f.rust.value)
        && (!f.nothing.checked || !d.first);
      row.hidden = !fits;
      n += fits;
    }
    shown.textContent = n === rows.length ? `${n} exhibits` : `${n} of ${rows.length}`;
  };
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
})();
