// The certified npm package `oidc-provider` on loopback, with accounts that sign in by a click.
//
//   node server.mjs [--port N] [--redirect-uri URL]... [--client-secret S] [--claims-in-id-token]
//
// Prints one line of JSON when it is ready, {issuer, port, client_id, client_secret}, and ends when its
// standard input closes. Tests change it by JSON:
//   POST /control/client   {"redirect_uris": [...], ...}   changes a client's metadata, or adds another client by its
//                                                          client_id; null takes a field away
//   POST /control/keys     {}                              signs with new keys from now on, and publishes no others
//   POST /control/jwks     {"down": true}                  answers 503 where its keys are
//   POST /control/account  {"name": "x", "claims": {...}}  adds or replaces an account; `sub` is `sub-x` unless given
//   POST /control/revoke   {"name": "x"}                   takes back what the account's sign-ins were granted
//   POST /control/count    {}                              {"refreshes"}: how often a refresh token was taken
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import Provider from 'oidc-provider';
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js';

// Standard output is for the one line.
console.info = console.error;
console.log = console.error;

const { values: options } = parseArgs({
  options: {
    'port': { type: 'string', default: '0' },
    'redirect-uri': { type: 'string', multiple: true, default: [] },
    'client-secret': { type: 'string', default: randomBytes(24).toString('hex') },
    'claims-in-id-token': { type: 'boolean', default: false },
  },
});
const SCOPES = 'openid profile email groups';
const PLACEHOLDER = 'http://127.0.0.1:1/not-set';

const person = (name, display, more) => [
  name,
  { sub: `sub-${name}`, preferred_username: name, name: display, groups: ['staff'], ...more },
];
const verified = (email) => ({ email, email_verified: true });
const accounts = new Map([
  person('mina.park', 'Mina Park', { ...verified('mina.park@corp.example'), groups: ['engineering', 'staff'] }),
  person('jonas.weber', 'Jonas Weber', { ...verified('jonas.weber@corp.example'), groups: ['finance', 'staff'] }),
  person('una.verified', 'Una Verified', { email: 'una.verified@corp.example', email_verified: false }),
  person('noel.nomail', 'Noel Nomail', {}),
]);
const bySubject = (sub) => [...accounts.values()].find((claims) => claims.sub === sub);

const server = createServer();
await new Promise((listening) => server.listen(Number(options.port), '127.0.0.1', listening));
const { port } = server.address();
const issuer = `http://127.0.0.1:${port}`;

const signingKey = (kid, type, parameters) => ({
  ...generateKeyPairSync(type, parameters).privateKey.export({ format: 'jwk' }),
  kid,
  use: 'sig',
});
let generation = 0;
const newKeys = () => {
  generation += 1;
  return [
    signingKey(`rsa-${generation}`, 'rsa', { modulusLength: 2048 }),
    signingKey(`p256-${generation}`, 'ec', { namedCurve: 'P-256' }),
    signingKey(`ed-${generation}`, 'ed25519'),
  ];
};
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const configuration = {
  // One place for all providers that follow one another here.
  adapter: (model) => new MemoryAdapter(model),
  cookies: { keys: [randomBytes(32).toString('hex')] },
  scopes: SCOPES.split(' '),
  claims: {
    openid: ['sub'],
    profile: ['name', 'preferred_username'],
    email: ['email', 'email_verified'],
    groups: ['groups'],
  },
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
  enabledJWA: { idTokenSigningAlgValues: algorithms, clientAuthSigningAlgValues: algorithms },
  conformIdTokenClaims: !options['claims-in-id-token'],
  responseTypes: ['code'],
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
  issueRefreshToken: async (ctx, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  // It calls nobody on loopback by itself, where the gateways of tests are.
  fetch: (url, { dispatcher, ...given }) => fetch(url, given),
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 3600, IdToken: 300, Interaction: 600, RefreshToken: 3600, Session: 3600 },
  findAccount(ctx, sub) {
    return bySubject(sub) && { accountId: sub, claims: () => bySubject(sub) };
  },
};
let provider;
let handle;
const begin = () => {
  provider = new Provider(issuer, { ...configuration, jwks: { keys: newKeys() } });
  handle = provider.callback();
  provider.on('grant.success', (ctx) => {
    if (ctx.oidc.params.grant_type === 'refresh_token') refreshes += 1;
  });
};
begin();

const first = {
  client_secret: options['client-secret'],
  redirect_uris: options['redirect-uri'].length > 0 ? options['redirect-uri'] : [PLACEHOLDER],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_basic',
};
let refreshes = 0;
// Of each account by subject.
const grants = new Map();
const clients = new Map();
const register = async (fields) => {
  const id = fields.client_id ?? 'narthex';
  const client = { ...(clients.get(id) ?? first), ...fields, client_id: id };
  for (const field of Object.keys(client)) if (client[field] === null) delete client[field];
  clients.set(id, client);
  await provider.Client.adapter.upsert(id, client);
};
await register({});

const answer = (response, status, body, type = 'application/json') => {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(type === 'application/json' ? JSON.stringify(body) : body);
};
const escaped = (text) => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);

// Signs in whoever `?account=` or `login_hint` names, and consents to everything; shows links otherwise.
async function interact(request, response, url) {
  const { session, params } = await provider.interactionDetails(request, response);
  const name = url.searchParams.get('account') ?? params.login_hint;
  if (name && !accounts.has(name)) {
    return answer(response, 404, { error: `no account is called ${name}` });
  }
  const accountId = name ? accounts.get(name).sub : params.prompt === 'login' ? undefined : session?.accountId;
  if (!accountId) {
    const link = (each) => `<li><a href="?account=${encodeURIComponent(each)}">${escaped(each)}</a></li>`;
    const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Test provider</title>
      <h1>Who are you?</h1><ul>${[...accounts.keys()].map(link).join('')}</ul>`;
    return answer(response, 200, page, 'text/html; charset=utf-8');
  }
  const grant = new provider.Grant({ accountId, clientId: params.client_id });
  grant.addOIDCScope(SCOPES);
  const grantId = await grant.save();
  grants.set(accountId, [...(grants.get(accountId) ?? []), grantId]);
  const result = { login: { accountId }, consent: { grantId } };
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

async function control(request, response, what) {
  let text = '';
  for await (const chunk of request) text += chunk;
  const body = JSON.parse(text);
  if (what === 'client') {
    await register(body);
  } else if (what === 'keys') {
    begin();
    for (const client of clients.values()) await register(client);
  } else if (what === 'jwks') {
    jwksDown = body.down;
  } else if (what === 'account') {
    accounts.set(body.name, { sub: `sub-${body.name}`, ...body.claims });
  } else if (what === 'revoke') {
    const { sub } = accounts.get(body.name);
    for (const id of grants.get(sub) ?? []) {
      await provider.RefreshToken.revokeByGrantId(id);
      await provider.Grant.adapter.destroy(id);
    }
  } else if (what === 'count') {
    return answer(response, 200, { refreshes });
  } else {
    return answer(response, 404, { error: 'there are client, keys, jwks, account, revoke and count' });
  }
  return answer(response, 200, {});
}

let jwksDown = false;
server.on('request', async (request, response) => {
  try {
    const url = new URL(request.url, issuer);
    const [, area, what] = url.pathname.split('/');
    if (area === 'interaction' && request.method === 'GET') await interact(request, response, url);
    else if (area === 'control' && request.method === 'POST') await control(request, response, what);
    else if (jwksDown && area === 'jwks') answer(response, 503, {});
    else await handle(request, response);
  } catch (error) {
    console.error(error);
    if (!response.headersSent) answer(response, 400, { error: String(error) });
  }
});

process.stdin.resume();
process.stdin.on('close', () => process.exit(0));
process.stdout.write(
  `${JSON.stringify({ issuer, port, client_id: 'narthex', client_secret: first.client_secret })}\n`,
);
