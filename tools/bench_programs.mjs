// bench_programs - the benchmark programs that live from storage and calls, as state tests that evm_bench loads:
//
//     node tools/bench_programs.mjs [FOLDER]        build/bench/programs if not named
//
// bench/Storage.sol by npm's solc with OpenZeppelin's ERC-20, and Uniswap V2's own compiled pair. Each is called once
// per transaction on fresh state ("once"), so that slots are cold and loops inside the program do the repeating.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {encodeFunctionData, keccak256, encodeAbiParameters} from 'viem';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const folder = path.join(process.argv[2] ?? path.join(root, 'build/bench/programs'), 'main');
const solc = createRequire(import.meta.url)('solc');

const compiled = JSON.parse(solc.compile(JSON.stringify({
  language: 'Solidity',
  sources: {'bench/Storage.sol': {content: readFileSync(path.join(root, 'bench/Storage.sol'), 'utf8')}},
  settings: {optimizer: {enabled: true, runs: 10000}, evmVersion: 'osaka',
      outputSelection: {'*': {'*': ['abi', 'evm.deployedBytecode.object']}}},
}), {import: (name) => ({contents: readFileSync(path.join(root, 'node_modules', name), 'utf8')})}));
const errors = (compiled.errors ?? []).filter((e) => e.severity === 'error');
if (errors.length) {
  console.error(errors.map((e) => e.formattedMessage).join('\n'));
  process.exit(1);
}
const contract = compiled.contracts['bench/Storage.sol'];
const pair = JSON.parse(readFileSync(path.join(root, 'node_modules/@uniswap/v2-core/build/UniswapV2Pair.json'), 'utf8'));

const at = (n) => '0x' + n.toString(16).padStart(40, '0');
const DRIVER = at(0xd1), TOKEN = [at(0xe0), at(0xe1)], PAIR = at(0xf0);
const word = (n) => '0x' + BigInt(n).toString(16).padStart(64, '0');
const mapping = (key, slot) => keccak256(encodeAbiParameters([{type: 'address'}, {type: 'uint256'}],
    [key, BigInt(slot)]));
const code = (name) => '0x' + contract[name].evm.deployedBytecode.object;

const MUCH = 10n ** 27n, POOL = 10n ** 24n;
const token = () => ({balance: '0x0', nonce: '0x1', code: code('Token'),
  storage: {[mapping(DRIVER, 0)]: word(MUCH), [mapping(PAIR, 0)]: word(POOL), [word(2)]: word(MUCH + POOL)}});
const pre = {
  [DRIVER]: {balance: '0x0', nonce: '0x1', code: code('Driver'), storage: {}},
  [TOKEN[0]]: token(),
  [TOKEN[1]]: token(),
  [PAIR]: {balance: '0x0', nonce: '0x1', code: '0x' + pair.evm.deployedBytecode.object.replace(/^0x/, ''), storage: {
    [word(5)]: '0x' + at(0xfac).slice(2).padStart(64, '0'),
    [word(6)]: '0x' + TOKEN[0].slice(2).padStart(64, '0'),
    [word(7)]: '0x' + TOKEN[1].slice(2).padStart(64, '0'),
    [word(8)]: word((1n << 224n) | (POOL << 112n) | POOL), // reserves and the time of the last update
    [word(12)]: word(1), // unlocked
  }},
};

const programs = {
  erc20_transfers: ['transfers', [TOKEN[0], 500n]],
  erc20_mints: ['mints', [TOKEN[0], 500n]],
  erc20_approvals: ['approvals', [TOKEN[0], 250n]],
  uniswap_v2_swaps: ['swaps', [TOKEN, PAIR, 100n]],
  keccak_10000: ['hashes', [10000n]],
};
mkdirSync(folder, {recursive: true});
mkdirSync(path.join(folder, '../micro'), {recursive: true});
for (const [name, [functionName, args]] of Object.entries(programs)) {
  const data = encodeFunctionData({abi: contract.Driver.abi, functionName, args});
  const test = {_info: {labels: {0: String(args.at(-1))}, once: true}, pre, transaction: {to: DRIVER, data: [data]}};
  writeFileSync(path.join(folder, `${name}.json`), JSON.stringify({[name]: test}, null, 1) + '\n');
}
console.log(`${Object.keys(programs).length} programs in ${path.relative(process.cwd(), folder)}`);
