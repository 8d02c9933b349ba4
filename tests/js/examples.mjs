// What stands in the examples of doc/formats.md, made anew: name -> bytes, or text.
import { concat, le, sha256, tagged, utf8, varbytes } from './bytes.mjs'
import * as ledger from './ledger.mjs'
import { encode, operations } from './operations.mjs'
import { sign, tweaked, xonly } from './secp.mjs'

const { ascending, keyAccount, moduleAccount, policyAccount, secretOf } = ledger

const accountOf = (n) => keyAccount(xonly(secretOf(n)))
const hexOf = (bytes) => Buffer.from(bytes).toString('hex')

function accounts(e) {
	const alice = accountOf(1)
	e['key-account'] = alice
	e['key-account-text'] = ledger.accountText(alice, 'tly')
	e['key-account-text-regtest'] = ledger.accountText(alice, 'tlyr')
	e['policy-account'] = policyAccount(2, ascending([1, 2, 3].map((n) => xonly(secretOf(n)))))
	e['module-account'] = moduleAccount('fees')
	e.genesis = ledger.genesis({ chainId: 'example-1', network: 'regtest', time: 1700000000, feeBase: 10, feePerOp: 1, sections: [{ module: 'demo', bytes: utf8('abc') }] })
	e['genesis-id'] = ledger.genesisId(e.genesis)
}

function transactions(e) {
	const alice = accountOf(1), bob = accountOf(2), shared = e['policy-account'], chain = e['genesis-id']
	const transfer = concat(new Uint8Array(32), bob, le(500, 8), varbytes([]))
	const pay = { validUntil: 1700003600, payer: alice, nonce: 7, fee: 11, ops: [{ number: 4, source: alice, payload: transfer }] }
	e['payment-body'] = ledger.body(pay)
	e['payment-message'] = ledger.message(chain, e['payment-body'])
	e['payment-signature'] = sign(secretOf(1), e['payment-message'])
	e.payment = ledger.signed(pay, chain, new Map([[hexOf(alice), { secret: secretOf(1) }]]))
	e['payment-id'] = ledger.txid(e['payment-body'])

	const swap = { validUntil: 1700003600, payer: shared, nonce: 0, fee: 12, ops: [bob, shared].map((source) => ({ number: 4, source, payload: transfer })) }
	const keys = ascending([1, 2, 3].map((n) => xonly(secretOf(n))))
	const people = (...who) => {
		const secrets = keys.map((key) => who.map(secretOf).find((s) => hexOf(xonly(s)) === hexOf(key)) ?? null)
		return [hexOf(shared), { k: 2, keys, secrets }]
	}
	e['swap-body'] = ledger.body(swap)
	e.swap = ledger.signed(swap, chain, new Map([people(1, 3), [hexOf(bob), { secret: secretOf(2) }]]))
	e['swap-witness'] = e.swap.slice(e['swap-body'].length)
	e['swap-partial'] = ledger.partial(swap, chain, new Map([people(3)]))
	e.relay = ledger.relay(200, utf8('abc'))
	e['relay-id'] = ledger.txid(e.relay)
}

function blocks(e) {
	const alice = accountOf(1)
	e.result = ledger.result({ code: 0, reason: 'OK', events: concat(varbytes(utf8('PAID')), varbytes([1, 2])), txid: e['payment-id'] })
	e['transactions-root'] = ledger.merkle([tagged('tally/leaf', e['payment-id'], sha256(e.payment))])
	e['results-root'] = ledger.merkle([e.result, ledger.result({ code: 0, reason: 'OK' })].map((r) => tagged('tally/result', r)))
	const leaves = ledger.leavesOf([['a', '1'], ['b', '2'], ['c', '3']].map((pair) => pair.map(utf8)))
	e['state-root'] = ledger.subtree(leaves)
	e['proof-present'] = ledger.prove(leaves, utf8('c'))
	e['proof-absent-other'] = ledger.prove(leaves, utf8('e'))
	e['proof-absent-empty'] = ledger.prove(leaves, utf8('d'))
	e.block = ledger.block({ height: 1, time: 1700000060, previous: e['genesis-id'], transactionsRoot: e['transactions-root'], resultsRoot: e['results-root'], appHash: e['state-root'], proposer: alice })
	e['block-hash'] = ledger.blockHash(e.block)
	e['block-seal'] = sign(secretOf(1), e['block-hash'])
}

// BIP341, and the scripts of the peg.
const NOBODY = Uint8Array.from(Buffer.from('50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0', 'hex'))
const scriptNumber = (n) => (n <= 16 ? Uint8Array.of(0x50 + n) : varbytes(le(n, n < 128 ? 1 : n < 32768 ? 2 : 3)))
const multiA = (k, keys, last) => concat(...keys.map((key, i) => concat([0x20], key, [i ? 0xba : 0xac])), scriptNumber(k), [last])
const twoLeaves = (internal, ...scripts) => {
	const leaves = ascending(scripts.map((s) => tagged('TapLeaf', [0xc0], varbytes(s))))
	return concat([0x51, 0x20], tweaked(internal, tagged('TapTweak', internal, tagged('TapBranch', ...leaves))))
}

function peg(e) {
	const chain = e['genesis-id'], members = [1, 2, 3].map((n) => xonly(secretOf(n)))
	const terms = e['peg-terms'] = concat(le(0, 4), accountOf(1), new Uint8Array(32), xonly(secretOf(5)), le(9, 8))
	e['peg-internal-key'] = tweaked(NOBODY, tagged('tally/deposit', chain, terms))
	const older = (n) => concat(scriptNumber(n), [0xb2])
	const vault = multiA(2, members, 0x9c)
	e['peg-deposit-script'] = twoLeaves(e['peg-internal-key'], vault, concat([0x20], xonly(secretOf(5)), [0xad], older(144)))
	e['peg-vault-script'] = twoLeaves(NOBODY, vault, concat(multiA(1, [xonly(secretOf(6))], 0x9d), older(288)))
	e['peg-anchor-script'] = concat([0x6a, 0x2b], utf8('TLY'), le(77, 8), Uint8Array.from({ length: 32 }, (_, i) => i))
	const head = concat(chain, le(0, 4), [1], le(4, 8)), mark = (message) => concat(le(0, 4), [1], le(4, 8), sign(secretOf(2), message))
	e['feerate-message'] = tagged('tally/feerate', head, le(2500, 4))
	e['op-feerate'] = concat(le(2500, 4), mark(e['feerate-message']))
	e['intent-message'] = tagged('tally/intent', head, terms)
	e['op-intent'] = concat(terms, mark(e['intent-message']))
	e['guardian-message'] = tagged('tally/guardian', head)
	e['op-guardian-pause'] = mark(e['guardian-message'])
}

// An allow-list of accounts 1, 2 and 3, the path of account 2, and where its purchase by account 1 stands in the state.
function sales(e) {
	const inOrder = (...bytes) => [...bytes].sort(Buffer.compare), node = (a, b) => tagged('tally/allow-node', ...inOrder(a, b))
	const row = inOrder(...[1, 2, 3].map(accountOf)).map((a) => tagged('tally/allow-leaf', a)), top = node(row[0], row[1])
	const at = row.findIndex((leaf) => hexOf(leaf) === hexOf(tagged('tally/allow-leaf', accountOf(2))))
	e['allow-list'] = node(top, row[2])
	e['allow-path'] = at === 2 ? concat([1], top) : concat([2], row[1 - at], row[2])
	e['key-purchase'] = concat(utf8('su'), accountOf(1), [255, 255, 255, 255, 255, 255, 255, 254], accountOf(2))
}

// The book's order, a record's head, and what names have in common.
function swaps(e) {
	const bob = accountOf(2), none = new Uint8Array(32), be = (n) => le(n, 8).reverse()
	const priceKey = (sold, paid) => {
		let shift = 0n
		while ((paid << shift) / sold < 1n << 63n) shift++
		return concat([200 - Number(shift)], be((paid << shift) / sold))
	}
	const offer = { sell: e['asset-id'], sellAmount: 300n, buy: none, buyAmount: 100n, flags: 3, until: 1700600000n, only: bob }
	e['private-offer'] = encode(operations.OFFER, offer)
	e['offer-book-key'] = concat(utf8('ob'), e['asset-id'], none, priceKey(300n, 100n), be(1n))
	e['item-document'] = tagged('tally/document', sha256(utf8('salt')), sha256(utf8('serial 4711')))
	e['item-id'] = tagged('tally/item-id', e['payment-id'], le(0, 4))
	e['item-entry'] = concat(le(0, 8), [1, 1], le(1700000060, 8), accountOf(1), new Uint8Array(33), varbytes(utf8('Watch 1969')), e['item-document'])
	e['item-head'] = tagged('tally/item-entry', tagged('tally/item', e['item-id']), e['item-entry'])
	const plain = 'corner-cafe'.replaceAll('-', '').replace(/[01i5]/g, (c) => ({ 0: 'o', 1: 'l', i: 'l', 5: 's' })[c])
	e['name-skeleton'] = utf8(plain.replace(/rn|vv/g, (pair) => (pair === 'rn' ? 'm' : 'w')))
	e['action-registrar'] = concat(bob, [1])
}

// CometBFT's CanonicalVote: [field number, value] in order; a number's kind is varint, or fixed for 8 bytes; fields of 0 are left out by the caller.
const varint = (n) => (n < 0x80n ? Uint8Array.of(Number(n)) : concat([Number(n & 0x7fn) | 0x80], varint(n >> 7n)))
const protobuf = (...fields) => concat(...fields.map(([number, value, kind]) => {
	if (kind === 'fixed') return concat([number << 3 | 1], le(value, 8))
	if (typeof value === 'bigint') return concat([number << 3], varint(value))
	return concat([number << 3 | 2], varint(BigInt(value.length)), value)
}))
const vote = ({ block, seconds, nanos }) => {
	const parts = block && protobuf([1, BigInt(block.parts)], [2, block.partsHash]), id = block && protobuf([1, block.hash], [2, parts])
	const time = protobuf([1, seconds], ...(nanos ? [[2, nanos]] : []))
	const bytes = protobuf([1, 2n], [2, 7n, 'fixed'], [3, 1n, 'fixed'], ...(id ? [[4, id]] : []), [5, time], [6, utf8('example-1')])
	return concat(varint(BigInt(bytes.length)), bytes)
}

function validators(e) {
	const alice = accountOf(1), one = new Uint8Array(32).fill(1), two = new Uint8Array(32).fill(2)
	e['validator-proof'] = tagged('tally/validator', e['genesis-id'], alice, one)
	e['validator-address'] = sha256(one).slice(0, 20)
	e['vote-bytes-nil'] = vote({ seconds: 1700000000n, nanos: 5n })
	e['vote-bytes'] = vote({ block: { hash: new Uint8Array(32).fill(0x11), parts: 3, partsHash: new Uint8Array(32).fill(0x22) }, seconds: 1700000001n })
	e['action-weights'] = concat([0, 2], one, le(10, 8), two, le(0, 8))
	e['action-rule'] = concat([1], varbytes(utf8('valsel_poa')), le(1, 2), varbytes([]))
	e['action-jail'] = concat([2], one, le(1800000000, 8))
	e['validators-section'] = concat([1, 0], varbytes(utf8('example-1')), le(86400, 4), le(0, 4), le(1814400, 4), le(2592000, 4), le(500, 2), le(0, 8),
		new Uint8Array(32), varbytes(utf8('valsel_poa')), le(1, 2), varbytes([]), [1], xonly(secretOf(1)), alice, varbytes(utf8('alice')), le(1, 8))
}

// A block with its state, in one file.
function snapshots(e) {
	const entries = concat(...[['a', '1'], ['b', '2'], ['c', '3']].flat().map((word) => varbytes(utf8(word))))
	const head = concat(utf8('TALLYSNP'), le(1, 2), e['genesis-id'], e.block, e['block-seal'], le(3, 8))
	e.snapshot = concat(head, tagged('tally/snapshot', head), le(entries.length, 4), entries, tagged('tally/snapshot-chunk', le(0, 4), entries))
}

// Every example but the payloads of operations, which operations.mjs reads and writes.
export function made() {
	const e = {}
	for (const part of [accounts, transactions, blocks, sales, peg]) part(e)
	e['asset-id'] = tagged('tally/asset', e['payment-id'], le(0, 4))
	swaps(e)
	snapshots(e)
	validators(e)
	return e
}
