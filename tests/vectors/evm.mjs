// Programs and what they do, by @ethereumjs/evm: node tests/vectors/evm.mjs > tests/vectors/evm.json
//
// "opcodes": per fork, every byte as an instruction on 17 zeros: gas it costs, or -1 when it is none or fails.
// "programs": [fork, name, code, calldata, gas, value, ends, gas used, refund, output]; ends is "ok", "revert" or "fail".
// The world is that of src/kernel/evm/evm_test.c.
import {createEVM} from '@ethereumjs/evm';
import {Common, Mainnet} from '@ethereumjs/common';
import {hexToBytes, bytesToHex, createAddressFromString, Account, setLengthLeft, bigIntToBytes} from '@ethereumjs/util';

const forks = {
  Frontier: 'chainstart', Homestead: 'homestead', EIP150: 'tangerineWhistle', EIP158: 'spuriousDragon',
      Byzantium: 'byzantium',
  Constantinople: 'constantinople', ConstantinopleFix: 'petersburg', Istanbul: 'istanbul', Berlin: 'berlin',
      London: 'london',
  Paris: 'paris', Shanghai: 'shanghai', Cancun: 'cancun', Prague: 'prague', Osaka: 'osaka',
};
const at = (n) => createAddressFromString('0x' + n.toString(16).padStart(40, '0'));
const SELF = at(0xaaaa), CALLER = at(0xcccc);

// a small assembler: names, and numbers, which become the shortest PUSH
const names = {};
`00 STOP ADD MUL SUB DIV SDIV MOD SMOD ADDMOD MULMOD EXP SIGNEXTEND
10 LT GT SLT SGT EQ ISZERO AND OR XOR NOT BYTE SHL SHR SAR CLZ
20 KECCAK256
30 ADDRESS BALANCE ORIGIN CALLER CALLVALUE CALLDATALOAD CALLDATASIZE CALLDATACOPY CODESIZE CODECOPY GASPRICE EXTCODESIZE
3c EXTCODECOPY RETURNDATASIZE RETURNDATACOPY EXTCODEHASH
40 BLOCKHASH COINBASE TIMESTAMP NUMBER PREVRANDAO GASLIMIT CHAINID SELFBALANCE BASEFEE BLOBHASH BLOBBASEFEE
50 POP MLOAD MSTORE MSTORE8 SLOAD SSTORE JUMP JUMPI PC MSIZE GAS JUMPDEST TLOAD TSTORE MCOPY PUSH0
a0 LOG0 LOG1 LOG2 LOG3 LOG4
f0 CREATE CALL CALLCODE RETURN DELEGATECALL CREATE2
fa STATICCALL
fd REVERT INVALID SELFDESTRUCT`.split('\n').forEach((line) => {
  const [first, ...list] = line.split(' ');
  list.forEach((n, i) => (names[n] = parseInt(first, 16) + i));
});
for (let i = 1; i <= 16; i++) {
  names['DUP' + i] = 0x7f + i;
  names['SWAP' + i] = 0x8f + i;
}
const hex = (n) => n.toString(16).padStart(2, '0');
function push(n) {
  n = BigInt.asUintN(256, BigInt(n));
  let digits = n === 0n ? '00' : n.toString(16); // 0 as PUSH1 0, which every fork knows
  if (digits.length % 2) digits = '0' + digits;
  return hex(0x5f + digits.length / 2) + digits;
}
const assemble = (text) => text.trim().split(/\s+/).map((w) =>
    (w in names ? hex(names[w]) : w.startsWith('x:') ? w.slice(2) : push(w))).join('');
const RETURN_TOP = ' 0 MSTORE 32 0 RETURN';

// a reproducible generator (mulberry32)
let seed = 6;
function random(n) {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % n;
}
const pick = (list) => list[random(list.length)];
const wide = () => {
  let x = 0n;
  for (let i = 0; i < 8; i++) x = (x << 32n) | BigInt(random(2 ** 32));
  return x >> BigInt(random(8) * 32);
};
const M = 1n << 256n;
const edge = [0n, 1n, 2n, 31n, 32n, 255n, 256n, (1n << 64n) - 1n, 1n << 64n, (1n << 128n) - 1n, 1n << 255n,
    (1n << 255n) - 1n, M - 1n, M - 2n];
const operand = () => (random(2) ? pick(edge) : wide());

// The world: accounts other than the one under test.
const others = {
  0xb1: {balance: 7n, code: assemble('CALLDATASIZE 0 0 CALLDATACOPY CALLDATASIZE 0 RETURN')},  // echo
  0xb2: {balance: 0n, code: assemble('32 0 x:5b CALLER 0 MSTORE 64 0 REVERT')},
  0xb3: {balance: 0n, code: assemble('INVALID')},
  0xb4: {balance: 5n, code: ''},                                                              // no code
  0xb5: {balance: 0n, code: assemble('1 1 SLOAD ADD 1 SSTORE 1 SLOAD' + RETURN_TOP)},         // counts in slot 1
  0xb6: {balance: 0n, code: assemble('CALLER SELFDESTRUCT')},
  0xb7: {balance: 0n, code: assemble('ADDRESS CALLER CALLVALUE ORIGIN GASPRICE XOR XOR XOR XOR' + RETURN_TOP)},
};
const SLOTS = [0n, 5n, 0n, 9n]; // of the account under test: original values of slots 0 to 3

const block = {header: {
  number: 1000n, coinbase: at(0xc01b), timestamp: 1700000000n, difficulty: 0x20000n,
      prevRandao: new Uint8Array(32).fill(0x5a),
  gasLimit: 30000000n, baseFeePerGas: 1000n, getBlobGasPrice: () => 7n}};

async function run(fork, code, input, gas, value) {
  const common = new Common({chain: Mainnet, hardfork: forks[fork]});
  const evm = await createEVM({common});
  const state = evm.stateManager;
  const put = async (address, balance, codeHex, nonce) => {
    await state.putAccount(address, new Account(nonce, balance));
    if (codeHex) await state.putCode(address, hexToBytes('0x' + codeHex));
  };
  await put(CALLER, 1000n, '', 1n);
  await put(SELF, 100n, code, 1n);
  for (const [n, a] of Object.entries(others)) await put(at(Number(n)), a.balance, a.code, 1n);
  for (let i = 0; i < SLOTS.length; i++)
    if (SLOTS[i]) await state.putStorage(SELF, setLengthLeft(bigIntToBytes(BigInt(i)), 32), bigIntToBytes(SLOTS[i]));
  if (common.isActivatedEIP(2929)) { // as a transaction would: sender, target, precompiles, coinbase from Shanghai on
    evm.journal.addAlwaysWarmAddress(SELF.toString().slice(2));
    evm.journal.addAlwaysWarmAddress(CALLER.toString().slice(2));
    for (const p of evm.precompiles.keys()) evm.journal.addAlwaysWarmAddress(p);
  }
  const r = await evm.runCall({
    to: SELF, caller: CALLER, origin: CALLER, gasLimit: BigInt(gas), value: BigInt(value),
        data: hexToBytes('0x' + input), block, gasPrice: 11n,
    blobVersionedHashes: ['0x01' + '77'.repeat(31)], skipBalance: false});
  const e = r.execResult.exceptionError?.error;
  return {
    ends: e === undefined ? 'ok' : e === 'revert' ? 'revert' : 'fail',
    used: Number(r.execResult.executionGasUsed),
    refund: e === undefined ? Number(r.execResult.gasRefund ?? 0n) : 0,
    output: bytesToHex(r.execResult.returnValue).slice(2),
  };
}

const programs = [];
async function program(fork, name, text, {input = '', gas = 1000000, value = 0} = {}) {
  const code = typeof text === 'string' ? assemble(text) : text.code;
  const r = await run(fork, code, input, gas, value);
  programs.push([fork, name, code, input, gas, value, r.ends, r.used, r.refund, r.output]);
  return r;
}

const opcodes = {};
for (const fork of Object.keys(forks)) {
  const costs = [];
  for (let byte = 0; byte < 256; byte++) {
    const r = await run(fork, '6000'.repeat(17) + hex(byte), '', 1000000, 0);
    costs.push(r.ends === 'fail' ? -1 : r.used - 17 * 3);
  }
  opcodes[fork] = costs;
}

// pure instructions: operands of every size
for (const [name, count] of [['ADD', 2], ['MUL', 2], ['SUB', 2], ['DIV', 2], ['SDIV', 2], ['MOD', 2], ['SMOD', 2],
    ['ADDMOD', 3], ['MULMOD', 3],
  ['EXP', 2], ['SIGNEXTEND', 2], ['LT', 2], ['GT', 2], ['SLT', 2], ['SGT', 2], ['EQ', 2], ['ISZERO', 1], ['AND', 2],
      ['OR', 2], ['XOR', 2], ['NOT', 1],
  ['BYTE', 2], ['SHL', 2], ['SHR', 2], ['SAR', 2], ['CLZ', 1]])
  for (let i = 0; i < 14; i++) {
    const list = [];
    for (let j = 0; j < count; j++) list.push(operand());
    if (['BYTE', 'SHL', 'SHR', 'SAR', 'SIGNEXTEND'].includes(name) && random(4)) list[count - 1] = BigInt(random(270));
    await program('Osaka', name, list.join(' ') + ` ${name}` + RETURN_TOP);
  }

// the frame and its surroundings
for (const name of ['ADDRESS', 'ORIGIN', 'CALLER', 'CALLVALUE', 'CALLDATASIZE', 'CODESIZE', 'GASPRICE',
    'RETURNDATASIZE', 'COINBASE', 'TIMESTAMP', 'NUMBER',
  'PREVRANDAO', 'GASLIMIT', 'CHAINID', 'SELFBALANCE', 'BASEFEE', 'BLOBBASEFEE', 'PC', 'MSIZE', 'GAS'])
  await program('Osaka', name, 'PC POP ' + name + RETURN_TOP, {input: '112233', value: 13});
await program('London', 'DIFFICULTY', 'PREVRANDAO' + RETURN_TOP);
for (const n of [0, 1, 2n ** 200n]) await program('Osaka', 'BLOBHASH', `${n} BLOBHASH` + RETURN_TOP);
for (const n of [0, 1, 30, 31, 40, 2n ** 64n, M - 1n]) await program('Osaka', 'CALLDATALOAD',
    `${n} CALLDATALOAD` + RETURN_TOP, {input: '0102030405'.repeat(8)});
for (const n of [0xaaaa, 0xcccc, 0xb1, 0xb4, 0xdead, 1, M - 1n])
  for (const name of ['BALANCE', 'EXTCODESIZE',
      'EXTCODEHASH']) await program(pick(['Byzantium', 'Istanbul', 'Berlin', 'Osaka']) , name,
      `${n} ${name} ${n} ${name} ADD` + RETURN_TOP);

// memory: growth, its price, and copies over its edges
for (const offset of [0, 1, 31, 32, 33, 1000, 100000, 2n ** 32n - 1n, 2n ** 32n, 2n ** 64n - 1n, M - 1n])
  for (const name of ['MLOAD', 'MSTORE', 'MSTORE8']) await program('Osaka', name, name === 'MLOAD'
      ? `1 0 MSTORE ${offset} MLOAD MSIZE ADD` + RETURN_TOP : `0x1234 ${offset} ${name} MSIZE` + RETURN_TOP);
for (const [to, from, size] of [[0, 0, 0], [M - 1n, M - 1n, 0], [0, 1, 32], [1, 0, 32], [5, 3, 100], [3, 5, 100],
    [0, 2n ** 64n, 1], [2n ** 64n, 0, 1], [0, 0, 2n ** 64n], [64, 0, 96]])
  for (const name of ['MCOPY', 'CALLDATACOPY', 'CODECOPY', 'RETURNDATACOPY'])
    await program('Osaka', name, `0x0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20 0 MSTORE 96 0 32 0 0 0xb1 GAS STATICCALL POP ${size} ${from} ${to} ${name} MSIZE 0 KECCAK256` + RETURN_TOP, {input: 'ab'.repeat(70)});
for (const size of [0, 1, 32, 135, 136, 137, 300]) await program('Osaka', 'KECCAK256',
    `7 64 MSTORE ${size} 0 KECCAK256` + RETURN_TOP);
await program('Osaka', 'EXTCODECOPY', `40 0 3 0xb1 EXTCODECOPY MSIZE 0 KECCAK256` + RETURN_TOP);

// storage: every order of writes to clean and dirty slots, by the rules of each generation
for (const fork of ['Frontier', 'Byzantium', 'Constantinople', 'ConstantinopleFix', 'Istanbul', 'Berlin', 'London',
    'Osaka'])
  for (const slot of [0, 1])
    for (const values of [[0], [1], [5], [0, 0], [0, 1], [0, 5], [1, 0], [1, 1], [1, 5], [5, 0], [5, 1], [0, 1, 0],
        [0, 5, 0], [1, 0, 1], [1, 0, 5], [5, 0, 5], [1, 5, 1]])
      await program(fork, 'SSTORE', values.map((v) => `${v} ${slot} SSTORE `).join('') + `${slot} SLOAD` + RETURN_TOP);
for (const gas of [2300, 2306, 2307, 2308, 2406, 2407, 5000, 5007]) await program('Osaka', 'SSTORE sentry',
    '5 1 SSTORE', {gas});
await program('Osaka', 'TSTORE', '9 4 TSTORE 4 TLOAD 5 TLOAD ADD' + RETURN_TOP);

// calls: to each neighbour by each kind, with and without value, with little and much gas
for (const fork of ['Frontier', 'EIP150', 'EIP158', 'Byzantium', 'Istanbul', 'Berlin', 'Osaka'])
  for (const kind of ['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL']) {
    if (kind === 'DELEGATECALL' && fork === 'Frontier') continue;
    if (kind === 'STATICCALL' && ['Frontier', 'EIP150', 'EIP158'].includes(fork)) continue;
    for (const to of [0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xdead, 4]) {
      if (to === 0xb2 && ['Frontier', 'EIP150', 'EIP158'].includes(fork)) continue;
      for (const value of kind === 'CALL' || kind === 'CALLCODE' ? [0, 3, 101] : [''])
        await program(fork, `${kind} ${to.toString(16)}`, `0x55 0 MSTORE 40 30 32 0 ${value} ${to} 60000 ${kind} ` +
          (['Frontier', 'EIP150', 'EIP158'].includes(fork) ? ''
              : 'RETURNDATASIZE ADD ') + '0 MLOAD ADD 32 MLOAD ADD' + RETURN_TOP, {gas: 200000});
    }
  }
// inside of a static call nothing may be written
for (const text of ['1 0 SSTORE', '1 0 TSTORE', '0 0 LOG0', '0 0 0 CREATE', '0 SELFDESTRUCT', '0 0 0 0 1 0xb4 0 CALL',
    '0 0 0 0 0 0xb4 0 CALL', '0 0 0 0 1 0xb4 0 CALLCODE']) {
  const inner = assemble(text); // the first call has calldata and calls itself with none, statically
  const head = (jump) =>
    assemble('CALLDATASIZE ISZERO') + '60' + hex(jump) + '57' +
    assemble('0 0 0 0 ADDRESS 70000 STATICCALL' + RETURN_TOP);
  const length = head(0).length / 2;
  await program('Osaka', `static ${text}`, {code: head(length) + '5b' + inner}, {input: '01'});
}

// creations: what init code returns, what it costs, what it leaves
for (const fork of ['Frontier', 'Homestead', 'EIP158', 'London', 'Shanghai', 'Osaka'])
  for (const init of ['', assemble('STOP'), assemble('0xfe 0 MSTORE8 1 0 RETURN'),
      assemble('0xef 0 MSTORE8 1 0 RETURN'), assemble('INVALID'), assemble('24576 0 RETURN'),
      assemble('24577 0 RETURN'), assemble('7 1 SSTORE 3 0 RETURN')])
    for (const gas of [60000, 6000000]) {
      const word = (init + '00'.repeat(32)).slice(0, 64);
      await program(fork, 'CREATE', `0x${word} 0 MSTORE ${init.length / 2} 0 2 CREATE EXTCODESIZE` + RETURN_TOP, {gas});
      if (!['Frontier', 'Homestead', 'EIP158'].includes(fork))
        await program(fork, 'CREATE2', `0x${word} 0 MSTORE 0x77 ${init.length / 2} 0 2 CREATE2 RETURNDATASIZE ADD` + RETURN_TOP, {gas});
    }
for (const size of [49152, 49153]) for (const fork of ['London', 'Shanghai']) await program(fork, 'EIP-3860',
    `${size} 0 0 CREATE` + RETURN_TOP, {gas: 6000000});

// jumps
await program('Osaka', 'JUMP', '4 JUMP INVALID x:5b 1' + RETURN_TOP);
await program('Osaka', 'JUMP into data', '4 JUMP x:605b');
await program('Osaka', 'JUMP past the end', '400 JUMP');
await program('Osaka', 'JUMP far', `${2n ** 64n} JUMP x:5b`);
await program('Osaka', 'JUMPI not taken', `0 ${2n ** 200n} JUMPI 3` + RETURN_TOP);
await program('Osaka', 'JUMPI taken', '1 6 JUMPI INVALID x:5b 1' + RETURN_TOP);
await program('Osaka', 'PUSH at the end', {code: '7fff'});
for (let i = 0; i <= 32; i++) await program('Osaka', 'PUSH', {code: hex(0x5f + i) + Array.from({length: i}, (_, j) => hex(j + 1)).join('') + assemble('0 MSTORE 32 0 RETURN')});
await program('Osaka', 'loop', '100 x:5b 1 SWAP1 SUB DUP1 2 JUMPI GAS' + RETURN_TOP);

// random programs: every instruction finds enough items, and mostly small ones on top
const arity = {};
for (const [list, n] of [['ADD MUL SUB DIV SDIV MOD SMOD EXP SIGNEXTEND LT GT SLT SGT EQ AND OR XOR BYTE SHL SHR SAR KECCAK256', [2, 1]], ['ADDMOD MULMOD', [3, 1]],
  ['ISZERO NOT BALANCE CALLDATALOAD EXTCODESIZE MLOAD SLOAD', [1, 1]], ['MSTORE MSTORE8 SSTORE LOG0', [2, 0]], ['LOG1', [3, 0]], ['LOG2', [4, 0]],
  ['ADDRESS ORIGIN CALLER CALLVALUE CALLDATASIZE CODESIZE GASPRICE RETURNDATASIZE TIMESTAMP NUMBER GASLIMIT PC MSIZE GAS', [0, 1]],
  ['CALLDATACOPY CODECOPY', [3, 0]], ['EXTCODECOPY', [4, 0]], ['CALL', [7, 1]], ['STATICCALL DELEGATECALL', [6, 1]],
      ['POP', [1, 0]]])
  for (const n1 of list.split(' ')) arity[n1] = n;
for (let i = 1; i <= 16; i++) {
  arity['DUP' + i] = [i, i + 1];
  arity['SWAP' + i] = [i + 1, i + 1];
}
const all = Object.keys(arity);
for (let i = 0; i < 400; i++) {
  let code = '', depth = 0;
  const item = () => (random(6) ? random(200) : random(5) ? pick([0xaaaa, 0xb1, 0xb2, 0xb4, 0xb5, 0xb7]) : operand());
  const length = 20 + random(100);
  for (let j = 0; j < length; j++) {
    const name = pick(all), [uses, leaves] = arity[name];
    const picky = /MLOAD|MSTORE|COPY|LOG|CALL$|KECCAK|EXP/.test(name); // large operands would end the program here
    for (let fresh = /DUP|SWAP/.test(name) ? Math.max(0, uses - depth) : picky ? uses
        : Math.max(uses - depth, random(uses + 1)); fresh > 0; fresh--, depth++)
      code += push(/CALL$/.test(name) && fresh === 2 ? pick([0xb1, 0xb2, 0xb4, 0xb5, 0xb7]) : /CALL$/.test(name)
          && fresh === 1 ? 30000 : item());
    code += hex(names[name]);
    depth += leaves - uses;
  }
  while (depth < 3) code += push(random(9)), depth++;
  await program(pick(['Osaka', 'Osaka', 'Berlin', 'Istanbul', 'Constantinople']), 'random',
    {code: code + assemble('MSIZE MSTORE MSIZE MSTORE MSIZE 0 KECCAK256' + RETURN_TOP)},
        {input: 'c0ffee'.repeat(random(20)), gas: 400000});
}

console.log('{"opcodes": {');
console.log(Object.entries(opcodes).map(([fork, list]) => `"${fork}": [${list}]`).join(',\n'));
console.log('},\n"programs": [');
console.log(programs.map((p) => JSON.stringify(p)).join(',\n'));
console.log(']}');
