// `scope t8n` held to official blockchain tests, in both of its forms (standard input and output, files) and with transactions
// as JSON and as RLP: node tests/client/t8n.mjs SCOPE FOLDER [COUNT]
// What a test's first block came to, and its post state where there is one block, is what t8n must say; of an invalid
// transaction it must say the exception.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [scope, folder, howMany = '200'] = process.argv.slice(2)
const forks = new Set(['Cancun', 'Prague', 'Osaka', 'Shanghai', 'Paris', 'London'])
let passed = 0, failed = 0

function * files (path) {
  if (statSync(path).isFile()) { if (path.endsWith('.json')) yield path; return }
  for (const name of readdirSync(path).sort()) yield * files(join(path, name))
}

const same = (x, y) => BigInt(x ?? 0) === BigInt(y ?? 0)
// storage keys and numbers without leading zeros, absent fields and zeros alike
function plain (alloc) {
  const out = {}
  for (const [at, a] of Object.entries(alloc)) {
    const storage = {}
    for (const [k, v] of Object.entries(a.storage
        ?? {})) if (BigInt(v) !== 0n) storage[BigInt(k).toString(16)] = BigInt(v).toString(16)
    out[at] = [BigInt(a.nonce ?? 0).toString(), BigInt(a.balance ?? 0).toString(), a.code ?? '0x',
        Object.entries(storage).sort()]
  }
  return JSON.stringify(Object.entries(out).sort())
}

function environment (test, h) {
  const g = test.genesisBlockHeader
  return {
    currentCoinbase: h.coinbase, currentGasLimit: h.gasLimit, currentNumber: h.number, currentTimestamp: h.timestamp,
        currentRandom: h.mixHash,
    parentTimestamp: g.timestamp, parentDifficulty: g.difficulty, parentBaseFee: g.baseFeePerGas,
        parentGasUsed: g.gasUsed,
    parentGasLimit: g.gasLimit, parentUncleHash: g.uncleHash, parentBlobGasUsed: g.blobGasUsed,
        parentExcessBlobGas: g.excessBlobGas,
    parentBeaconBlockRoot: h.parentBeaconBlockRoot, blockHashes: { 0: g.hash }, ommers: []
  }
}

function run (test, block, form) {
  const h = block.blockHeader
  const env = environment(test, h)
  env.withdrawals = block.withdrawals
  const input = { alloc: test.pre, env, txs: form.rlp ? form.rlp : block.transactions }
  const common = [`--state.fork=${test.network}`, `--state.chainid=${Number(test.config?.chainid ?? 1)}`, '--state.reward=0']
  if (!form.files) {
    const args = ['--input.alloc=stdin', '--input.env=stdin', '--input.txs=stdin', '--output.alloc=stdout',
        '--output.result=stdout', '--output.body=stdout']
    const p = spawnSync(scope, ['t8n', ...args, ...common], { input: JSON.stringify(input), maxBuffer: 1 << 28 })
    if (p.status !== 0) throw new Error(`exit ${p.status}: ${p.stderr}`)
    return JSON.parse(p.stdout)
  }
  const dir = mkdtempSync(join(tmpdir(), 'scope-t8n-'))
  try {
    for (const key of Object.keys(input)) writeFileSync(join(dir, `${key}.json`), JSON.stringify(input[key]))
    const args = ['--input.alloc', join(dir, 'alloc.json'), '--input.env', join(dir, 'env.json'), '--input.txs',
        join(dir, 'txs.json'),
      '--output.basedir', join(dir, 'out'), '--output.result', 'result.json', '--output.alloc', 'alloc.json',
          '--output.body', 'txs.rlp', '--trace']
    const p = spawnSync(scope, ['t8n', ...args, ...common])
    if (p.status !== 0) throw new Error(`exit ${p.status}: ${p.stderr}`)
    const read = name => JSON.parse(readFileSync(join(dir, 'out', name)))
    const result = read('result.json')
    result.receipts.forEach((r, i) => traceIsSound(readFileSync(join(dir, 'out',
        `trace-${i}-${r.transactionHash}.jsonl`), 'utf8')))
    return { alloc: read('alloc.json'), result, body: read('txs.rlp') }
  } finally { rmSync(dir, { recursive: true }) }
}

// EIP-3155: every line is JSON; an instruction that is not a call costs what the next one of its frame has less
function traceIsSound (text) {
  const lines = text.trim().split('\n').map(l => JSON.parse(l))
  if (lines.at(-1).gasUsed === undefined) throw new Error('a trace without its last line')
  for (let i = 0; i + 1 < lines.length - 1; i++) {
    const [x, y] = [lines[i], lines[i + 1]]
    if (x.opName && y.opName && x.depth === y.depth
        && BigInt(x.gas) - BigInt(x.gasCost) !== BigInt(y.gas)) throw new Error(`cost of ${x.opName} at ${x.pc}`)
  }
}

function check (test, block, out) {
  const h = block.blockHeader, r = out.result
  const wrong = []
  for (const [key, want] of [['stateRoot', h.stateRoot], ['txRoot', h.transactionsTrie],
      ['receiptsRoot', h.receiptTrie], ['logsBloom', h.bloom], ['requestsHash', h.requestsHash],
      ['withdrawalsRoot', h.withdrawalsRoot]]) {
    if (want !== undefined && r[key] !== want) wrong.push(key)
  }
  for (const [key, want] of [['gasUsed', h.gasUsed], ['currentBaseFee', h.baseFeePerGas],
      ['currentExcessBlobGas', h.excessBlobGas], ['blobGasUsed', h.blobGasUsed]]) {
    if (!same(r[key], want)) wrong.push(key)
  }
  if (r.rejected.length || r.blockException) wrong.push('rejected')
  if (r.receipts.length !== block.transactions.length) wrong.push('receipts')
  if (test.blocks.length === 1 && test.postState && plain(out.alloc) !== plain(test.postState)) wrong.push('alloc')
  return wrong
}

const cases = [], refusals = []
for (const path of files(folder)) {
  const tests = Object.entries(JSON.parse(readFileSync(path)))
  const [name, test] = tests[cases.length % tests.length] // one of each file
  const block = test.blocks[0]
  const bad = block?.rlp_decoded
  if (forks.has(test.network) && bad && block.expectException?.includes('TransactionException.')
      && bad.transactions?.length === 1) {
    refusals.push([name, test, { ...bad, expectException: block.expectException }])
  }
  if (forks.has(test.network) && block?.blockHeader && !block.expectException
      && Number(block.blockHeader.number) === 1) cases.push([name, test, block])
}
const step = Math.max(1, Math.floor(cases.length / Number(howMany)))
for (let i = 0; i < cases.length; i += step) {
  const [name, test, block] = cases[i]
  try {
    const first = run(test, block, { files: i % 2 === 1 })
    const wrong = [...check(test, block, first),
        ...check(test, block, run(test, block, { rlp: first.body })).map(w => `${w} from RLP`)]
    if (wrong.length) throw new Error(wrong.join(', '))
    passed++
  } catch (e) {
    failed++
    console.log(`FAIL ${name}: ${e.message}`)
  }
}
const refusalStep = Math.max(1, Math.floor(refusals.length / Number(howMany)))
for (let i = 0; i < refusals.length; i += refusalStep) {
  const [name, test, block] = refusals[i]
  try {
    const { result } = run(test, block, {})
    const got = result.rejected[0]?.error, wanted = block.expectException.split('|')
    if (result.rejected.length !== 1 || !wanted.includes(got)) throw new Error(`rejected by ${got}, expected ${wanted}`)
    passed++
  } catch (e) {
    failed++
    console.log(`FAIL ${name}: ${e.message}`)
  }
}
console.log(`t8n: ${passed} passed, ${failed} failed`)
process.exit(failed || !passed ? 1 : 0)
