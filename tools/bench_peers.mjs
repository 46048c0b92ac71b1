// bench_peers - the programs of benchmark folders in anvil (revm), next to ours, on this machine.
//
//     node tools/bench_peers.mjs BENCH_PROGRAM FOLDER.. [--rounds N] [--ms N] [--only TEXT] [--cpu N] [--json]
//
// FOLDER is what evm_bench takes; if its README.md has a table of the programs, evmone's time follows from it:
//
//     evmone here = anvil here / (revm / evmone of the table)
//
// Program by program, ours and anvil take turns, pinned to one processor (taskset). In anvil a program runs under
// eth_call, called N times by the looping contract of src/kernel/evm/evm_bench.c; an empty call is subtracted. Both are
// measured in processor time. A ratio above 1 is ours ahead. Programs that a translation does away with (nothing but
// JUMPDESTs) are printed but are no part of the means named "work".
import {spawn, execFileSync} from 'node:child_process';
import {existsSync, readFileSync, readdirSync} from 'node:fs';
import {parseArgs} from 'node:util';
import path from 'node:path';

const {values: option, positionals} = parseArgs({
  allowPositionals: true,
  options: {rounds: {type: 'string', default: '5'}, ms: {type: 'string', default: '100'}, only: {type: 'string'},
            cpu: {type: 'string', default: '1'}, json: {type: 'boolean', default: false},
                port: {type: 'string', default: '18545'}},
});
if (positionals.length < 2) {
  console.error('usage: node tools/bench_peers.mjs BENCH_PROGRAM FOLDER.. [--rounds N] [--ms N] [--only TEXT] [--cpu N] [--json]');
  process.exit(2);
}
const [ours, ...folders] = positionals;
const rounds = Number(option.rounds), wantedMs = Number(option.ms);
const anvilPath = 'node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil';

const LOOPER = '0xbe1c010000000000000000000000000000000000', EMPTY = '0xbe1c030000000000000000000000000000000000';
const LOOPER_CODE =
  '0x6040360380604' + '05f37' + '6020355f35' + '5b5f5f845f5f865af150' + '60019003' + '80600e57' + '00';
const GAS = '0xffffffffffff';

const word = (n) => BigInt(n).toString(16).padStart(64, '0');
const median = (list) => [...list].sort((x, y) => x - y)[list.length >> 1];

// README.md's last column, by the program's name; a row may list several programs.
function ratios(file) {
  const found = new Map();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const cell = line.split('|').map((c) => c.trim());
    if (cell.length < 6 || !/^(main|micro)\//.test(cell[1])) continue;
    const names = cell[1].split(',').map((n) => n.trim());
    const base = names[0].slice(0, names[0].lastIndexOf('/') + 1);
    const values = cell[5].split(',').map(Number);
    names.forEach((n, i) => found.set(n.includes('/') ? n : base + n, values[i] ?? values[0]));
  }
  return found;
}

let id = 0, anvilPid;
async function rpc(method, params) {
  const response = await fetch(`http://127.0.0.1:${option.port}`, {
    method: 'POST', headers: {'content-type': 'application/json'},
        body: JSON.stringify({jsonrpc: '2.0', id: ++id, method, params})});
  const answer = await response.json();
  if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
  return answer.result;
}

// Processor time of all of anvil's threads, as the kernel counts it: what else runs on the machine does not matter.
function anvilNs() {
  let total = 0n;
  for (const task of readdirSync(`/proc/${anvilPid}/task`))
    total += BigInt(readFileSync(`/proc/${anvilPid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
  return total;
}

async function timed(to, input) {
  const start = anvilNs();
  await rpc('eth_call', [{to, input, gas: GAS}, 'latest']);
  return Number(anvilNs() - start);
}

async function measure(target, data, once) {
  if (once) {
    const spent = [], idle = [];
    for (let i = 0; i < Math.max(rounds, 5); i++) {
      idle.push(await timed(EMPTY, '0x' + data));
      spent.push(await timed(target, '0x' + data));
    }
    return median(spent) - median(idle);
  }
  const call = (count) => timed(LOOPER, '0x' + word(count) + word(target) + data);
  const nothing = () => timed(EMPTY, '0x' + word(1) + word(target) + data);
  let count = 1, took = await call(count);
  while (took < wantedMs * 1e6 / 2) {
    count *= 2;
    took = await call(count);
  }
  const spent = [], idle = [];
  for (let i = 0; i < rounds; i++) {
    idle.push(await nothing());
    spent.push(await call(count));
  }
  return (median(spent) - median(idle)) / count;
}

function oursFor(folder, name) {
  const out = execFileSync('taskset', ['-c', option.cpu, ours, '--json', '--rounds', String(rounds), '--ms',
      String(wantedMs), '--only', name, folder]);
  return JSON.parse(out).find((row) => row.program === name);
}

// A program of JUMPDESTs and jumps only is one addition once it is translated: no measure of an interpreter.
const isNoWork = (name) => /JUMPDEST_n0|loop_with_many_jumpdests/.test(name);

const mean = (list) => list.length ? Math.exp(list.reduce((sum, x) => sum + Math.log(x), 0) / list.length) : null;

function summary(rows) {
  const of = (key, part) => part.map((r) => r[key]).filter((x) => x !== null);
  const work = rows.filter((r) => !isNoWork(r.program));
  const each = (key) => ({mean: mean(of(key, rows)), work: mean(of(key, work)), least: Math.min(...of(key, work))});
  return {over_revm: each('over_revm'), over_evmone: of('over_evmone', rows).length ? each('over_evmone') : null};
}

async function load(test) {
  for (const [at, account] of Object.entries(test.pre)) {
    await rpc('anvil_setCode', [at, account.code]);
    for (const [slot, value] of Object.entries(account.storage ?? {})) await rpc('anvil_setStorageAt',
        [at, slot, value]);
  }
}

async function compare(folder, name, test, data, ratio) {
  const revm = await measure(test.transaction.to, data.slice(2), test._info.once);
  const our = oursFor(folder, name);
  const evmone = ratio.has(name) ? revm / ratio.get(name) : null;
  return {program: name, gas: our.gas, ns: our.ns, mgas_per_s: our.mgas_per_s, revm_ns: revm, evmone_ns: evmone,
          over_revm: revm / our.ns, over_evmone: evmone && evmone / our.ns};
}

const ns = (x) => x === null ? '' : x.toFixed(0);
const times = (x) => x === null ? '' : x.toFixed(2);
const say = option.json ? () => {} : console.log;
const columns = (cells) => say(cells[0].padEnd(42) + cells.slice(1).map((c) => c.padStart(12)).join(''));

async function compareFolder(folder) {
  const readme = path.join(folder, 'README.md');
  const ratio = existsSync(readme) ? ratios(readme) : new Map();
  const rows = [];
  say(`\n${folder}`);
  columns(['ns a call', 'gas', 'ours', 'Mgas/s', 'revm', 'evmone', 'over revm', 'over evmone']);
  for (const part of ['main', 'micro'].filter((p) => existsSync(path.join(folder, p)))) {
    for (const file of readdirSync(path.join(folder, part)).filter((f) => f.endsWith('.json')).sort()) {
      for (const [testName, test] of Object.entries(JSON.parse(readFileSync(path.join(folder, part, file), 'utf8')))) {
        await load(test);
        for (const [index, data] of test.transaction.data.entries()) {
          const name = `${part}/${testName}/${test._info.labels[index]}`;
          if (option.only && !name.includes(option.only)) continue;
          const r = await compare(folder, name, test, data, ratio);
          rows.push(r);
          columns([name, String(r.gas), ns(r.ns), r.mgas_per_s.toFixed(0), ns(r.revm_ns), ns(r.evmone_ns),
              times(r.over_revm), times(r.over_evmone)]);
        }
      }
    }
  }
  if (!rows.length) return null;
  const means = summary(rows);
  for (const [peer, m] of Object.entries(means))
    if (m) say(`${peer.replace('_', ' ')}: geometric mean of ${rows.length} ${times(m.mean)}, without those that are no work ${times(m.work)}, least ${times(m.least)}`);
  return {folder, rows, ...means};
}

// Osaka for the precompile P256VERIFY. Its cap on a transaction's gas is off, and so is ours in evm_bench.
const anvil = spawn('taskset', ['-c', option.cpu, anvilPath, '--port', option.port, '--silent', '--hardfork', 'osaka',
  '--gas-limit', String(2n ** 56n), '--memory-limit', String(2 ** 32), '--no-mining', '--chain-id', '1'],
      {stdio: ['ignore', 'ignore', 'inherit']});
anvilPid = anvil.pid; // taskset becomes anvil
try {
  for (let tries = 0; ; tries++) {
    try {
      await rpc('eth_chainId', []);
      break;
    } catch (e) {
      if (tries > 200) throw e;
      await new Promise((r) => setTimeout(r, 50));
    }
  }
  await rpc('anvil_setCode', [LOOPER, LOOPER_CODE]);
  await rpc('anvil_setCode', [EMPTY, '0x00']);
  const results = [];
  for (const folder of folders) results.push(await compareFolder(folder));
  if (option.json) console.log(JSON.stringify(results.filter((r) => r), null, 1));
} finally {
  anvil.kill();
}
