import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { type Append, Database } from './database.ts';

/** The thread that owns the log's file. Requests are served in order, one at a time. */

export type LogCall =
  | { op: 'open' }
  | { op: 'create'; sessionId: string; createdAt: string }
  | { op: 'find'; sessionId: string }
  | { op: 'list' }
  | { op: 'read'; sessionId: string; after: number; limit: number }
  | { op: 'append'; request: Append };

export type LogRequest = LogCall & {
  seq: number;
  /** Milliseconds since the epoch; a request found in the queue later than this is not begun. */
  notAfter: number;
};

export type LogReply = { seq: number; value: unknown } | { seq: number; error: string };

const port = parentPort;
if (port === null) throw new Error('log-worker.ts runs as a worker thread');

const { file } = workerData as { file: string };
let database: Database | null = null;

port.on('message', (request: LogRequest) => {
  port.postMessage(serve(request));
});

function serve(request: LogRequest): LogReply {
  const { seq } = request;
  if (Date.now() > request.notAfter) return { seq, error: 'the disk was too slow; nothing was written' };
  try {
    return { seq, value: perform(open(), request) };
  } catch (error) {
    return { seq, error: error instanceof Error ? error.message : String(error) };
  }
}

/** Opened by the first request, and tried again by each until it succeeds: a disk may come back. */
function open(): Database {
  if (database === null) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    database = new Database(file);
  }
  return database;
}

function perform(db: Database, call: LogCall): unknown {
  switch (call.op) {
    case 'open':
      return null;
    case 'create':
      return db.create(call.sessionId, call.createdAt);
    case 'find':
      return db.find(call.sessionId);
    case 'list':
      return db.list();
    case 'read':
      return db.read(call.sessionId, call.after, call.limit);
    case 'append':
      return db.append(call.request);
  }
}
