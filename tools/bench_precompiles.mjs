// bench_precompiles - the calls that precompile_bench times, as state tests that evm_bench loads:
//
//     node tools/bench_precompiles.mjs PRECOMPILE_BENCH [FOLDER]        build/bench/precompiles if not named
//
// So that tools/bench_peers.mjs measures them in anvil, too. PRECOMPILE_BENCH --inputs says what is called with what
// (src/kernel/evm/precompile_bench.c).
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {execFileSync} from 'node:child_process';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const [program, folder = path.join(root, 'build/bench/precompiles')] = process.argv.slice(2);
if (!program) {
  console.error('usage: node tools/bench_precompiles.mjs PRECOMPILE_BENCH [FOLDER]');
  process.exit(2);
}
const calls = JSON.parse(execFileSync(program, ['--inputs'], {maxBuffer: 1 << 26}));
rmSync(folder, {recursive: true, force: true});
mkdirSync(path.join(folder, 'main'), {recursive: true});
const tests = calls.map(({name, address, input}) =>
  [name, {_info: {labels: {0: 'call'}}, pre: {}, transaction: {to: address, data: [input]}}]);
writeFileSync(path.join(folder, 'main', 'precompiles.json'), JSON.stringify(Object.fromEntries(tests), null, 1) + '\n');
console.log(`${calls.length} calls in ${path.relative(process.cwd(), folder)}`);
