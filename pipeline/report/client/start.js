/** Brings the page to life. */
import { startLineage } from "./lineage.js";
import { startViewer } from "./viewer.js";

const number = document.querySelector("#number");
if (number) startLineage(number);
const viewer = document.querySelector("#viewer .viewer");
if (viewer) {
  const data = JSON.parse(document.querySelector("#viewer-data").textContent);
  startViewer(viewer, data).catch((error) => {
    console.error(error);
    viewer.querySelector("[data-part=caption]").textContent =
      `The pictures cannot be shown (${error.message}). The viewer needs a browser from 2023 or later.`;
  });
}
