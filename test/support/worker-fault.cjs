/**
 * Loaded into the service with NODE_OPTIONS=--require: makes its inference thread die, hang or freeze, once, when the file that
 * ANQI_TEST_WORKER_FAULT names says so.
 */
const { execFileSync } = require('node:child_process');
const { existsSync, openSync, readFileSync, rmSync } = require('node:fs');
const { isMainThread, workerData } = require('node:worker_threads');

const order = process.env.ANQI_TEST_WORKER_FAULT;
if (!isMainThread && order !== undefined && workerData?.modelFolder !== undefined) {
  setInterval(() => {
    if (!existsSync(order)) return;
    const fault = readFileSync(order, 'utf8');
    rmSync(order);
    if (fault === 'die') process.exit(1);
    if (fault === 'freeze') {
      // Outside of JavaScript, as in a library that waits for ever: nothing that Node.js has can end it.
      execFileSync('mkfifo', [`${order}.fifo`]);
      openSync(`${order}.fifo`, 'r');
    }
    // In JavaScript without end, as a run that never returns.
    for (;;);
  }, 50).unref();
}
