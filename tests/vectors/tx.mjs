// Signed transactions of every Ethereum type, by viem: node tests/vectors/tx.mjs > tests/vectors/tx.json
// For src/kernel/chain/tx_test.c. Hashes and signers are checked against @ethereumjs/tx where it knows the type.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { concat, keccak256, numberToHex, recoverTransactionAddress, serializeTransaction, toRlp } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { hashAuthorization, recoverAuthorizationAddress } from 'viem/utils'

const require = createRequire(import.meta.url)
const { createTxFromRLP } = require('@ethereumjs/tx')
const { Common, Mainnet, Hardfork } = require('@ethereumjs/common')
const viemVersion = JSON.parse(readFileSync(new URL('../../node_modules/viem/package.json', import.meta.url))).version

const key = n => '0x' + n.toString(16).padStart(64, '0')
const at = n => '0x' + n.toString(16).padStart(40, '0')
const word = n => '0x' + n.toString(16).padStart(64, '0')
const blob = n => '0x01' + n.toString(16).padStart(62, '0')
const long = '0x' + 'c0ffee'.repeat(300)
const max256 = 2n ** 256n - 1n, max64 = 2n ** 64n - 1n
const list = [{ address: at(0xaa), storageKeys: [word(1), word(max256)] }, { address: at(0xbb), storageKeys: [] }]
const eip1559 = { type: 'eip1559', chainId: 1, nonce: 7, gas: 21000n, maxFeePerGas: 30n * 10n ** 9n,
    maxPriorityFeePerGas: 10n ** 9n, to: at(0x1234), value: 10n ** 18n }
const eip7702 = { ...eip1559, type: 'eip7702', gas: 100000n }

const rows = [
  [1, { type: 'legacy', nonce: 0, gas: 21000n, gasPrice: 1n, to: at(1), value: 0n }], // before EIP-155
  [2, { type: 'legacy', chainId: 1, nonce: 127, gas: 21000n, gasPrice: 128n, to: at(0xff), value: 255n }],
  [3, { type: 'legacy', chainId: 3503995874084926, nonce: 128, gas: 53000n, gasPrice: 10n ** 9n, value: 0n, data: '0x6000' }],
  [4, { type: 'eip2930', chainId: 1, nonce: 1, gas: 30000n, gasPrice: 10n ** 9n, to: at(2), value: 1n,
      accessList: [] }],
  [5, { type: 'eip2930', chainId: 1, nonce: 2, gas: 30000n, gasPrice: 10n ** 9n, value: max256 - 1n, data: long,
      accessList: list }],
  [6, eip1559],
  [7, { ...eip1559, data: '0x00' }],
  [8, { ...eip1559, to: undefined, data: long, accessList: list }],
  [9, { ...eip1559, chainId: 31337, nonce: 0, maxPriorityFeePerGas: 0n, value: 0n, data: '0x7f' }],
  [10, { ...eip1559, type: 'eip4844', blobVersionedHashes: [blob(1)], maxFeePerBlobGas: 1n }],
  [11, { ...eip1559, type: 'eip4844', blobVersionedHashes: [blob(1), blob(2), blob(3), blob(4), blob(5), blob(6)],
      maxFeePerBlobGas: 2n ** 200n, accessList: list, data: long }],
  [12, eip7702, [{ chainId: 1, address: at(0xc0de), nonce: 0 }]],
  [13, { ...eip7702, accessList: list, data: '0x80' },
      [{ chainId: 0, address: at(0), nonce: 1 }, { chainId: 1, address: at(0xc0de), nonce: 127 },
      { chainId: 31337, address: at(0xc0de), nonce: 2 ** 48 }]],
]

const toJson = x => JSON.parse(JSON.stringify(x, (_, v) => typeof v === 'bigint' ? v.toString() : v))
const out = []
for (const [n, fields, authorizations] of rows) {
  const account = privateKeyToAccount(key(n))
  const request = { ...fields }
  let auths = []
  if (authorizations) {
    for (const [i, a] of authorizations.entries()) {
      const signer = privateKeyToAccount(key(100 + i))
      const signed = await signer.signAuthorization(a)
      auths.push({ key: key(100 + i), chainId: a.chainId, address: a.address, nonce: a.nonce, yParity: signed.yParity,
          r: signed.r, s: signed.s, hash: hashAuthorization(a),
          authority: await recoverAuthorizationAddress({ authorization: signed }) })
      request.authorizationList = [...(request.authorizationList ?? []), signed]
    }
  }
  const serialized = await account.signTransaction(request)
  const sender = await recoverTransactionAddress({ serializedTransaction: serialized })
  if (sender !== account.address) throw new Error('viem disagrees with itself')
  const common = new Common({ chain: { ...Mainnet, chainId: fields.chainId ?? 1 }, hardfork: Hardfork.Prague,
      params: {} })
  if (fields.type !== 'eip4844') {
    const second = createTxFromRLP(Buffer.from(serialized.slice(2), 'hex'),
        { common, allowUnlimitedInitCodeSize: true })
    if ('0x' + Buffer.from(second.hash()).toString('hex') !== keccak256(serialized))
        throw new Error(`@ethereumjs/tx has another hash for ${n}`)
    if (second.getSenderAddress().toString() !== sender.toLowerCase())
        throw new Error(`@ethereumjs/tx has another sender for ${n}`)
  }
  const unsigned = keccak256(serializeTransaction(request))
  out.push({ key: key(n), tx: toJson({ ...fields, type: fields.type }), authorizations: toJson(auths), serialized,
      hash: keccak256(serialized), signing_hash: unsigned, sender })
}
// 0x7e || rlp([chainId, blockNumber, index, to, gasLimit, data]): docs/protocol.md section 11
const number = n => n === 0n ? '0x' : numberToHex(n)
const system = [[901n, 1n, 0n, at(0x4200), 1000000n, '0x'],
    [2n ** 64n - 1n, 2n ** 40n, 128n, at(0x4201), 30000000n, long]].map(
  ([chainId, blockNumber, index, to, gasLimit, data]) => {
    const serialized = concat(['0x7e', toRlp([number(chainId), number(blockNumber), number(index), to, number(gasLimit),
        data])])
    return { ...toJson({ chainId, blockNumber, index, to, gasLimit, data }), serialized, hash: keccak256(serialized) }
  })
console.log(JSON.stringify({ made_by: `viem ${viemVersion}, hashes and senders agreed by @ethereumjs/tx: tests/vectors/tx.mjs`, transactions: out, system }, null, 1))
