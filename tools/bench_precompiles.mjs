// bench_precompiles - calls of the precompiles that a library computes, or could, as state tests that evm_bench loads:
//
//     node tools/bench_precompiles.mjs [FOLDER]        build/bench/precompiles if not named
//
// So that tools/bench_peers.mjs measures them in anvil too (docs/dependencies.md). Node's crypto signs for P-256 and viem
// for secp256k1; every input is one that the precompile accepts.
import {mkdirSync, writeFileSync} from 'node:fs';
import {generateKeyPairSync, createHash, sign} from 'node:crypto';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {sign as signSecp256k1} from 'viem/accounts';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const folder = path.resolve(process.argv[2] ?? path.join(root, 'build/bench/precompiles'));
const digest = createHash('sha256').update('scope').digest();
const kilobytes = Buffer.from(Array.from({length: 8192}, (_, i) => (i * 167) & 255)).toString('hex');

async function ecrecover() {
  const {r, s, v} = await signSecp256k1({hash: '0x' + digest.toString('hex'), privateKey: '0x' + '01'.repeat(32)});
  return digest.toString('hex') + v.toString(16).padStart(64, '0') + [r, s].map((n) => n.slice(2).padStart(64, '0')).join('');
}

function p256() {
  const {privateKey, publicKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
  const {x, y} = publicKey.export({format: 'jwk'});
  const rs = sign('sha256', Buffer.from('scope'), {key: privateKey, dsaEncoding: 'ieee-p1363'});
  return [digest, rs, Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')].map((b) => b.toString('hex')).join('');
}

const calls = {
  ecrecover: [0x01, 'valid', await ecrecover()],
  sha256: [0x02, '8192', kilobytes],
  ripemd160: [0x03, '8192', kilobytes],
  p256_verify: [0x100, 'valid', p256()],
};
for (const part of ['main', 'micro'])
  mkdirSync(path.join(folder, part), {recursive: true});
for (const [name, [number, label, data]] of Object.entries(calls)) {
  const test = {_info: {labels: {0: label}}, pre: {}, transaction: {to: '0x' + number.toString(16).padStart(40, '0'), data: ['0x' + data]}};
  writeFileSync(path.join(folder, 'main', `${name}.json`), JSON.stringify({[name]: test}, null, 1) + '\n');
}
console.log(`${Object.keys(calls).length} calls in ${path.relative(process.cwd(), folder)}`);
