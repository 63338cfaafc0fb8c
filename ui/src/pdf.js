// Draws the pages of a PDF paper on a canvas. Nothing a paper holds is run: no scripts, no forms, no links.
import { getDocument, GlobalWorkerOptions } from "./pdf/pdf.min.mjs";

const here = new URL("./pdf/", import.meta.url).href;
GlobalWorkerOptions.workerSrc = `${here}pdf.worker.min.mjs`;

/** The largest canvas drawn, in dots; a bigger page is drawn coarser, so that a small machine stays alive. */
const MOST_DOTS = 12_000_000;

/** Fetches the tables and decoders a paper needs. Older engines have no `Response.bytes`, and the desktop shell's
 * protocol is none that `fetch` takes everywhere. */
class Tables {
  async fetch({ filename }) {
    return new Promise((found, missing) => {
      const request = new XMLHttpRequest();
      request.open("GET", here + filename);
      request.responseType = "arraybuffer";
      request.onload = () => {
        if (request.status === 200 || request.status === 0) found(new Uint8Array(request.response));
        else missing(new Error(filename));
      };
      request.onerror = () => missing(new Error(filename));
      request.send();
    });
  }
}

/** Opens a paper; fails with `locked` when it wants a password and with `damaged` when it cannot be read. */
export async function open(bytes) {
  const task = getDocument({
    data: bytes,
    cMapUrl: here,
    cMapPacked: true,
    standardFontDataUrl: here,
    wasmUrl: here,
    BinaryDataFactory: Tables,
    useWorkerFetch: false,
    enableXfa: false,
    disableWorkerRendering: true,
    maxImageSize: 4 * MOST_DOTS,
    verbosity: 0,
  });
  task.onPassword = () => {
    throw "locked";
  };
  let paper;
  try {
    paper = await task.promise;
  } catch (failure) {
    await task.destroy();
    throw failure?.name === "PasswordException" || failure === "locked" ? "locked" : "damaged";
  }
  return new Paper(task, paper);
}

class Paper {
  #task;
  #paper;
  #drawing = null;

  constructor(task, paper) {
    this.#task = task;
    this.#paper = paper;
    this.pages = paper.numPages;
  }

  /** Draws page `number` (from 1) so that at `zoom` 1 it is `room` wide; answers whether it was drawn to its end. */
  async draw(number, canvas, room, zoom) {
    this.#drawing?.cancel();
    try {
      const page = await this.#paper.getPage(number);
      const { width, height } = page.getViewport({ scale: 1 });
      const shown = (room / width) * zoom;
      const wanted = shown * Math.max(1, globalThis.devicePixelRatio || 1);
      const scale = Math.min(wanted, Math.sqrt(MOST_DOTS / (width * height)));
      const viewport = page.getViewport({ scale });
      // Drawn apart and laid over the old page at once, so that turning does not flash white.
      const fresh = document.createElement("canvas");
      fresh.width = Math.max(1, Math.floor(viewport.width));
      fresh.height = Math.max(1, Math.floor(viewport.height));
      const mine = page.render({ canvas: fresh, viewport, annotationMode: 1 });
      this.#drawing = mine;
      await mine.promise;
      canvas.width = fresh.width;
      canvas.height = fresh.height;
      canvas.style.width = `${Math.floor(width * shown)}px`;
      canvas.style.height = `${Math.floor(height * shown)}px`;
      canvas.getContext("2d").drawImage(fresh, 0, 0);
      page.cleanup();
      return true;
    } catch (failure) {
      if (failure?.name === "RenderingCancelledException") return false;
      throw "damaged";
    }
  }

  /** Gives everything back. */
  close() {
    this.#drawing?.cancel();
    this.#task.destroy();
  }
}
