// The runners of official fixtures are known to bite: node tests/client/runners.mjs SCOPE FIXTURES
// One case of each kind is taken as it is (it passes), then with one thing changed (it fails, and says what), and files
// that are no fixtures are refused with their place.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [scope, fixtures] = process.argv.slice(2)
const dir = mkdtempSync(join(tmpdir(), 'scope-runners-'))
let passed = 0, failed = 0

function run (args, text) {
  const file = join(dir, 'case.json')
  if (text !== undefined) writeFileSync(file, typeof text === 'string' ? text : JSON.stringify(text))
  const p = spawnSync(scope, [...args, ...(text === undefined ? [] : [file])], { encoding: 'utf8', maxBuffer: 1 << 28 })
  return { status: p.status, text: p.stdout + p.stderr }
}

function expect (what, got, status, ...parts) {
  const ok = got.status === status && parts.every(p => got.text.includes(p))
  ok ? passed++ : failed++
  if (!ok) console.log(`FAIL ${what}: exit ${got.status}, expected ${status} and ${parts}\n${got.text.slice(0, 600)}`)
}

function * files (path) {
  for (const name of readdirSync(path).sort()) {
    const inner = join(path, name)
    if (statSync(inner).isDirectory()) yield * files(inner)
    else if (name.endsWith('.json') && statSync(inner).size < 400000) yield inner
  }
}

// the first case of a folder that a test accepts, alone
function pick (folder, accepts) {
  for (const path of files(join(fixtures, folder))) {
    for (const [name, test] of Object.entries(JSON.parse(readFileSync(path)))) if (accepts(test)) return [name, test]
  }
  throw new Error(`no such case below ${folder}`)
}

const flip = hex => hex.slice(0, -1) + (hex.endsWith('0') ? '1' : '0')
function changed (test, change) {
  const copy = structuredClone(test)
  change(copy)
  return copy
}

// --- state tests
{
  const posts = t => Object.values(t.post).flat()
  const [name, good] = pick('state_tests/frontier', t => posts(t).length === 1 && !posts(t)[0].expectException)
  const [badName, bad] = pick('state_tests', t => posts(t).length === 1 && posts(t)[0].expectException === 'TransactionException.INTRINSIC_GAS_TOO_LOW')
  const one = (n, t, f) => ({ [n]: changed(t, c => f(posts(c)[0], c)) })
  expect('state test', run(['statetest', '--expect', '1'], { [name]: good }), 0, '1 passed, 0 failed')
  expect('state root', run(['statetest'], one(name, good, p => { p.hash = flip(p.hash) })), 1, 'state root differs', '0 passed, 1 failed')
  expect('logs', run(['statetest'], one(name, good, p => { p.logs = flip(p.logs) })), 1, 'logs differ')
  expect('exception wanted', run(['statetest'],
      one(name, good, p => { p.expectException = 'TransactionException.NONCE_IS_MAX' })), 1, 'was accepted')
  expect('refusal', run(['statetest'], { [badName]: bad }), 0, '1 passed')
  expect('exception of another rule', run(['statetest'],
      one(badName, bad, p => { p.expectException = 'TransactionException.NONCE_IS_MAX' })), 1,
      'REJECT_TX_INTRINSIC_GAS_TOO_LOW')
  expect('refusal not wanted', run(['statetest'], one(badName, bad, p => { delete p.expectException })), 1, 'expected success')
  expect('transaction changed', run(['statetest'], one(name, good, p => { p.txbytes = p.txbytes.slice(0, -2) })), 1, 'REJECT_TX_RLP')
  expect('too few cases', run(['statetest', '--expect', '2'], { [name]: good }), 1, '2 expected')
  expect('no case at all', run(['statetest', '--fork', 'Nowhere'], { [name]: good }), 1, '0 cases')
  const traced = run(['statetest', '--trace'], one(name, good, p => { p.hash = flip(p.hash) }))
  expect('trace', traced, 1, '"opName":', '"gasUsed":')
  const skips = join(dir, 'skip.txt')
  writeFileSync(skips, `# a comment\n${name.slice(0, 40)} | because\n`)
  expect('skip', run(['statetest', '--skip', skips], { [name]: good }), 0, '0 passed, 0 failed, 1 skipped',
      'skipped 1: because')
  writeFileSync(skips, 'a pattern without a reason\n')
  expect('skip without a reason', run(['statetest', '--skip', skips], { [name]: good }), 2, 'skip.txt:1:1')
  const json = run(['statetest', '--json'], one(name, good, p => { p.hash = flip(p.hash) }))
  expect('json', json, 1)
  const report = JSON.parse(json.text.slice(json.text.indexOf('{\n'), json.text.lastIndexOf('}') + 1))
  expect('json report', { status: report.failed === 1 && report.failures.length === 1 ? 0 : 1, text: json.text }, 0)
  expect('pre state', run(['statetest'], one(name, good, (p, t) => { Object.values(t.pre)[0].balance = 'lots' })), 2, 'case.json:1:', 'an account')
  expect('unknown fork', run(['statetest'], { x: changed(good, c => { c.post = { Nowhere: posts(c) } }) }), 2, 'a network that is known')
  expect('no txbytes', run(['statetest'], one(name, good, p => { delete p.txbytes })), 2, 'hash, logs and txbytes')
}

// --- blockchain tests
{
  const [name, good] = pick('blockchain_tests/for_osaka', t => t.blocks.length === 1 && !t.blocks[0].expectException)
  const [badName, bad] = pick('blockchain_tests', t => t.blocks.length === 1 && t.blocks[0].expectException === 'BlockException.INVALID_GASLIMIT')
  expect('block test', run(['blocktest', '--expect', '1'], { [name]: good }), 0, '1 passed, 0 failed')
  expect('head', run(['blocktest'], { [name]: changed(good, c => { c.lastblockhash = flip(c.lastblockhash) }) }), 1, 'not the head')
  expect('block changed', run(['blocktest'], { [name]: changed(good, c => { c.blocks[0].rlp = c.blocks[0].rlp.slice(0, -2) }) }), 1, 'REJECT_BLOCK_RLP')
  expect('invalid block', run(['blocktest'], { [badName]: bad }), 0, '1 passed')
  expect('invalid for another reason', run(['blocktest'], { [badName]: changed(bad, c => { c.blocks[0].expectException = 'BlockException.INVALID_STATE_ROOT' }) }), 1, 'REJECT_BLOCK_GAS_LIMIT')
  expect('genesis state', run(['blocktest'], { [name]: changed(good, c => { Object.values(c.pre)[0].nonce = '0x77' }) }), 2, 'state root of its accounts')
}

// --- transaction tests
{
  const [name, good] = pick('transaction_tests', t => Object.values(t.result).every(r => r.hash))
  for (const key of ['hash', 'sender', 'intrinsicGas']) {
    expect(key, run(['txtest'], { [name]: changed(good, c => { c.result.Cancun[key] = flip(c.result.Cancun[key]) }) }), 1, '1 failed', 'differs')
  }
  expect('transaction test', run(['txtest'], { [name]: good }), 0, '0 failed')
}

// --- what is no fixture
expect('garbage', run(['statetest'], '{"a": [1, 2'), 2, 'case.json:1:')
expect('a list', run(['blocktest'], '[]'), 2, 'an object of test cases')
expect('a test without members', run(['txtest'], '{"x": {}}'), 2, 'case.json:1:')
expect('no such file', run(['statetest', join(dir, 'nothing')]), 2, 'REJECT_PATH')
expect('no file named', run(['statetest']), 2, 'no PATH given')
expect('threads', run(['statetest', '--threads', '0', dir]), 2, 'threads')
mkdirSync(join(dir, 'empty'))
expect('an empty folder', run(['statetest', join(dir, 'empty')]), 1, '0 cases')

rmSync(dir, { recursive: true })
console.log(`runners: ${passed} passed, ${failed} failed`)
process.exit(failed ? 1 : 0)
