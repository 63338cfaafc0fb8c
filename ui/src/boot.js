// Starts the window's program. The address of the program is given in full, so that it is found alike under the
// desktop shell's own protocol and in browser mode.
import init from "./ui.js";

await init({ module_or_path: new URL("./ui_bg.wasm", import.meta.url) });
