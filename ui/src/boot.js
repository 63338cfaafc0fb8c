// Starts the window's program. The address of the program is given in full, so that it is found alike under the
// desktop shell's own protocol and in browser mode. The signature pad is laid where the program looks for it.
import init from "./ui.js";
import SignaturePad from "./signature_pad.js";

globalThis.SignaturePad = SignaturePad;
await init({ module_or_path: new URL("./ui_bg.wasm", import.meta.url) });
