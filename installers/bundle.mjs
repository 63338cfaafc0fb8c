// Runs Tauri's bundler with the words it is given; `cargo xtask pack` says in which folder it was installed.

import { createRequire } from 'node:module';

const installed = createRequire(`${process.env.DAIBAN_BUNDLER}/`);
const bundler = installed(`@tauri-apps/cli-linux-${process.arch}-gnu`);
bundler.run(process.argv.slice(2), 'bundle', (failure) => {
  if (failure) {
    bundler.logError(failure.message);
    process.exit(1);
  }
});
