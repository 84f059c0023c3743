import { createHash, timingSafeEqual } from 'node:crypto';
import { ProblemError } from '@breakglass/shared';
import type { Request, RequestHandler } from 'express';
import ipaddr from 'ipaddr.js';
import type { Config } from '../config.ts';

/** An authenticated person or machine. */
export interface Operator {
  name: string;
  /** The address that the request came from. */
  address: string;
}

type AuthSettings = Config['auth'];

const operators = new WeakMap<Request, Operator>();

/** The operator of a request that passed `authenticate`. */
export function operatorOf(request: Request): Operator {
  const operator = operators.get(request);
  if (operator === undefined) throw new Error('a route without authentication asked for its operator');
  return operator;
}

/**
 * Lets nobody in but a bearer of the token, or whom the edge names; the edge's header counts only where the
 * connection comes from a trusted proxy. Neither configured means nobody.
 */
export function authenticate(settings: AuthSettings): RequestHandler {
  return (request, _response, next) => {
    refuseForeignPages(request, settings);
    const name = bearer(request, settings) ?? edgeIdentity(request, settings);
    if (name === null) throw unauthenticated(request, settings);
    operators.set(request, { name, address: peerAddress(request) });
    next();
  };
}

/**
 * A page of another site must not act with an operator's cookies or single sign-on: browsers say where a
 * request comes from (Fetch Metadata; RFC 6454), and other clients send neither header.
 */
function refuseForeignPages(request: Request, settings: AuthSettings): void {
  const origin = request.get('origin');
  const foreign = origin !== undefined && !ownHosts(request, settings).includes(hostOf(origin));
  if (!foreign && request.get('sec-fetch-site') !== 'cross-site') return;
  throw new ProblemError(
    'forbidden',
    'The request comes from a page of another site. Open breakglass itself and try there.',
  );
}

function ownHosts(request: Request, settings: AuthSettings): string[] {
  const hosts = [request.get('host')];
  if (isTrusted(request, settings)) hosts.push(request.get('x-forwarded-host'));
  return hosts.filter((host) => host !== undefined).map((host) => host.toLowerCase());
}

function hostOf(origin: string): string {
  return URL.parse(origin)?.host ?? 'null';
}

function bearer(request: Request, { token }: AuthSettings): string | null {
  const given = /^Bearer +(\S+) *$/i.exec(request.get('authorization') ?? '')?.[1];
  return token !== null && given !== undefined && sameSecret(given, token) ? 'bearer' : null;
}

/** Compares digests: equal lengths for `timingSafeEqual`, and no word on the length of the secret. */
function sameSecret(given: string, expected: string): boolean {
  const digest = (secret: string) => createHash('sha256').update(secret).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function edgeIdentity(request: Request, settings: AuthSettings): string | null {
  if (!isTrusted(request, settings)) return null;
  const name = request.get(settings.identityHeader)?.trim();
  return name === undefined || name === '' ? null : name.slice(0, 128);
}

function isTrusted(request: Request, { trustedProxies }: AuthSettings): boolean {
  const address = request.socket.remoteAddress;
  if (address === undefined || !ipaddr.isValid(address)) return false;
  // An IPv4-mapped IPv6 address is the IPv4 address.
  const peer = ipaddr.process(address);
  return trustedProxies.some(([range, bits]) => range.kind() === peer.kind() && peer.match(range, bits));
}

function peerAddress(request: Request): string {
  const address = request.socket.remoteAddress;
  return address !== undefined && ipaddr.isValid(address) ? ipaddr.process(address).toString() : 'unknown';
}

function unauthenticated(request: Request, settings: AuthSettings): ProblemError {
  if (settings.token === null && settings.trustedProxies.length === 0) {
    return new ProblemError(
      'unauthenticated',
      'Nobody can get in: the daemon has neither a token nor a trusted proxy. ' +
        'Set API_BEARER_TOKEN or BREAKGLASS_TRUSTED_PROXIES and start it again.',
    );
  }
  const detail =
    request.get('authorization') === undefined
      ? 'No credentials came with the request. Send "Authorization: Bearer TOKEN" (the client: BREAKGLASS_TOKEN), or come through the sign-on at the edge.'
      : 'The credentials are wrong. Compare the token (the client: BREAKGLASS_TOKEN) with the daemon’s API_BEARER_TOKEN.';
  return new ProblemError('unauthenticated', detail);
}
