/** A click on a number opens its exact value, the command that traces it, and what made it. */

export function startLineage(dialog) {
  const find = (name) => dialog.querySelector(`[data-part="${name}"]`);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.number");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const source = document.querySelector(link.getAttribute("href"));
    if (!source) return;
    event.preventDefault();
    find("key").textContent = link.dataset.key;
    find("value").textContent = link.dataset.value;
    find("command").textContent = link.title;
    find("tree").replaceChildren(source.querySelector(".tree").cloneNode(true));
    dialog.showModal();
  });
  dialog.addEventListener("click", (event) => {
    const outside = event.target === dialog;
    if (outside || event.target.closest("[data-part=close], a")) dialog.close();
  });
}
