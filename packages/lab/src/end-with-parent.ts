/**
 * Loaded into a child before its program (`--import`): ends it in order once its parent is gone, by whatever
 * way. In a worker thread, which loads it too, there is no channel and nothing happens.
 */
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
