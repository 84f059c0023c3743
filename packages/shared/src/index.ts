export { type AuditRecord, auditList, auditQuery, auditRecord } from './audit.ts';
export {
  type Event,
  type EventBody,
  type EventKind,
  type EventOf,
  event,
  eventBody,
  eventKinds,
  type MalformedEvent,
  parseEvent,
  type UnknownEvent,
} from './event.ts';
export { health, type Readiness, readiness } from './health.ts';
export {
  isMutating,
  isVerb,
  MUTATING_VERBS,
  type MutatingVerb,
  type Target,
  target,
  VERB_EFFECTS,
  VERBS,
  type Verb,
  type VerbList,
  type VerbOutput,
  type VerbResult,
  type VmState,
  verb,
  verbList,
  verbOutput,
  verbResult,
  vmState,
} from './power.ts';
export { findPreset, PRESET_NAMES, PRESETS, type Preset, type PresetName, titleOf } from './preset.ts';
export { PROBLEMS, type Problem, ProblemError, type ProblemType, problem } from './problem.ts';
export {
  EVENT_STREAM,
  fillPath,
  PROBLEM_JSON,
  type Route,
  type RouteName,
  routes,
} from './route.ts';
export {
  cancelResult,
  goingAway,
  logReset,
  PROMPT_MAX_BYTES,
  type Presence,
  type PromptRequest,
  presence,
  promptRequest,
  promptStarted,
  type SessionSummary,
  sessionCreated,
  sessionId,
  sessionList,
  sessionSummary,
  streamQuery,
} from './session.ts';
