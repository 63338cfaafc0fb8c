// Starts the window's program. The address of the program is given in full, so that it is found alike under the
// desktop shell's own protocol and in browser mode. The signature pad and the way to open a PDF are laid where the
// program looks for them; what shows PDFs is loaded only when one is opened.
import init from "./ui.js";
import SignaturePad from "./signature_pad.js";

globalThis.SignaturePad = SignaturePad;
globalThis.openPdf = async (bytes) => (await import("./pdf.js")).open(bytes);
await init({ module_or_path: new URL("./ui_bg.wasm", import.meta.url) });
