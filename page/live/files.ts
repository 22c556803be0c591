/** Files that a person chooses, or drops onto the page. */
/// <reference lib="dom" />

export function takeFiles(field: HTMLInputElement, open: (files: readonly File[]) => void): void {
  field.addEventListener("change", () => {
    const chosen = [...field.files ?? []];
    // So that the same can be chosen again.
    field.value = "";
    if (chosen.length > 0) open(chosen);
  });
}

/** @param stage what shows that files may be dropped */
export function takeDrops(stage: HTMLElement, open: (files: readonly File[]) => void): void {
  // Wherever they fall: a browser would leave the page for a picture that falls beside the stage.
  const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    // Text, which a field may take.
    if (!holdsFiles(event)) return;
    event.preventDefault();
    stage.classList.add("over");
  });
  document.addEventListener("dragleave", () => stage.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    stage.classList.remove("over");
    open([...event.dataTransfer?.files ?? []]);
  });
}
