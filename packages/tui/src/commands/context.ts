import type { Api } from '../client/api.ts';
import type { Config } from '../config.ts';

/** What every command gets. */
export interface CommandContext {
  config: Config;
  api: Api;
  /** Print JSON on stdout, for scripts. */
  json: boolean;
  /** Never ask: what needs an answer fails instead. */
  noInput: boolean;
}
