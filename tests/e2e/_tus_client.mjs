// Sends one file with tus-js-client, as told on the standard input: where to, as whom, in what slices. Ends well when the
// server has the whole file. A test of the county runs it; nothing in it knows more than the tus protocol.

import { text } from 'node:stream/consumers';
import { DefaultHttpStack, Upload } from 'tus-js-client';

const order = JSON.parse(await text(process.stdin));
await new Promise((done, failed) => {
  const upload = new Upload(Buffer.from(order.file, 'base64'), {
    endpoint: order.endpoint,
    httpStack: new DefaultHttpStack({ ca: order.ca, cert: order.cert, key: order.key }),
    metadata: order.metadata,
    chunkSize: order.slice,
    // After each break at once and without end: the test ends with the file or with its own patience.
    retryDelays: [0, 10, 50, 50, 50, 50, 50],
    onSuccess: done,
    onError: failed,
  });
  upload.start();
});
