// Accounts, transactions, blocks and the state, written from doc/formats.md alone.
import { AMOUNT_MAX, Reader, compact, concat, equal, le, sha256, tagged, utf8, varbytes } from './bytes.mjs'
import { sign, verify, xonly } from './secp.mjs'

export const [KEY, POLICY, MODULE] = [0, 1, 2]

// --- Accounts ---

export const secretOf = (n) => le(n, 32).reverse()
export const keyAccount = (key) => concat([KEY], key)
export const ascending = (list) => [...list].sort(Buffer.compare)

export const policyAccount = (k, keys) => {
	if (keys.length < 1 || keys.length > 16 || k < 1 || k > keys.length) throw new Error('no policy')
	for (let i = 1; i < keys.length; i++) if (Buffer.compare(keys[i - 1], keys[i]) >= 0) throw new Error('keys must ascend')
	return concat([POLICY], tagged('tally/policy', Uint8Array.of(k, keys.length), ...keys))
}
export const moduleAccount = (name, subject = new Uint8Array()) => concat([MODULE], tagged('tally/module', utf8(name), Uint8Array.of(0), subject))

const LETTERS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const polymod = (values) => {
	const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
	let c = 1
	for (const v of values) {
		const top = c >>> 25
		c = (c & 0x1ffffff) << 5 ^ v
		generators.forEach((g, i) => { if (top >> i & 1) c ^= g })
	}
	return c >>> 0
}
export const accountText = (account, human) => {
	const groups = []
	let bits = 0, have = 0
	for (const byte of account) {
		bits = bits << 8 | byte
		for (have += 8; have >= 5; have -= 5) groups.push(bits >> have - 5 & 31)
		bits &= (1 << have) - 1
	}
	if (have) groups.push(bits << 5 - have & 31)
	const letters = [...utf8(human)]
	const head = [...letters.map((c) => c >> 5), 0, ...letters.map((c) => c & 31)]
	const check = (polymod([...head, ...groups, 0, 0, 0, 0, 0, 0]) ^ 0x2bc830a3) >>> 0
	for (let i = 0; i < 6; i++) groups.push(check >>> 5 * (5 - i) & 31)
	return human + '1' + groups.map((g) => LETTERS[g]).join('')
}

const rdAccount = (r) => {
	const a = r.take(33)
	if (a[0] > MODULE) throw new Error('no such type of account')
	return a
}

// --- Genesis ---

export const genesis = (g) => concat([1], varbytes(utf8(g.chainId)), varbytes(utf8(g.network)), le(g.time, 8), le(g.feeBase, 8), le(g.feePerOp, 8),
	compact(g.sections.length), ...g.sections.map((s) => concat(varbytes(utf8(s.module)), varbytes(s.bytes))))
export const genesisId = (bytes) => tagged('tally/genesis', bytes)

// --- Transactions ---

const OPS_MAX = 1000
export const TRANSACTION_MAX = 100000

// t: validUntil, payer, nonce, fee, ops: [{number, source, payload}]
export const body = (t) => concat([1], le(t.validUntil, 8), t.payer, le(t.nonce, 8), le(t.fee, 8), compact(t.ops.length),
	...t.ops.map((op) => concat(le(op.number, 2), op.source, varbytes(op.payload))))
export const relay = (number, payload) => concat([2], le(number, 2), varbytes(payload))
export const txid = (bytes) => tagged('tally/txid', bytes)
export const message = (chain, bytes) => tagged('tally/transaction', chain, bytes)

// The transaction at the reader, up to its witness.
export const decodeBody = (r) => {
	const start = r.at, t = { validUntil: 0n }
	if (r.bytes.length - start > TRANSACTION_MAX) throw new Error('TOO_LARGE')
	if (r.u8() !== 1) throw new Error('not a signed transaction')
	t.validUntil = r.i64()
	t.payer = rdAccount(r)
	t.nonce = r.u64()
	t.fee = r.amount()
	const n = r.compact()
	if (n < 1 || n > OPS_MAX) throw new Error('1 to 1,000 operations')
	t.ops = Array.from({ length: n }, () => ({ number: r.u16(), source: rdAccount(r), payload: r.varbytes(TRANSACTION_MAX) }))
	if ([t.payer, ...t.ops.map((op) => op.source)].some((a) => a[0] === MODULE)) throw new Error('nobody signs for a module')
	t.body = r.bytes.slice(start, r.at)
	return t
}

export const signersOf = (t) => {
	const seen = new Map()
	for (const a of [t.payer, ...t.ops.map((op) => op.source)]) if (!seen.has(Buffer.from(a).toString('hex'))) seen.set(Buffer.from(a).toString('hex'), a)
	return [...seen.values()]
}

// A policy's k, keys and the signatures that are there, in the order of the keys (null where there is none).
const policyPart = (k, keys, signatures) => {
	const bitmap = new Uint8Array(Math.ceil(keys.length / 8))
	signatures.forEach((s, i) => { if (s) bitmap[i >> 3] |= 1 << (i & 7) })
	return concat(Uint8Array.of(k, keys.length), ...keys, bitmap, ...signatures.filter((s) => s))
}
const rdPolicy = (r, account) => {
	const k = r.u8(), n = r.u8()
	if (n > 16) throw new Error('too many keys')
	const keys = Array.from({ length: n }, () => r.take(32)), bitmap = r.take(Math.ceil(n / 8))
	for (let i = n; i < 8 * bitmap.length; i++) if (bitmap[i >> 3] >> (i & 7) & 1) throw new Error('a bit beyond the last key')
	const signatures = keys.map((_, i) => (bitmap[i >> 3] >> (i & 7) & 1 ? r.take(64) : null))
	if (!equal(policyAccount(k, keys), account)) throw new Error('not the policy of the account')
	if (signatures.filter((s) => s).length > k) throw new Error('more than k signatures')
	return { k, keys, signatures }
}

// people: for each account (hex) either {secret}, or {k, keys, secrets} with the keys ascending and a secret, or null, for each.
const partOf = (account, people, hash) => {
	const who = people.get(Buffer.from(account).toString('hex'))
	if (account[0] === KEY) return who?.secret ? { k: 1, keys: [account.slice(1)], signatures: [sign(who.secret, hash)] } : { k: 1, keys: [account.slice(1)], signatures: [null] }
	if (!who) return null
	let left = who.k
	return { k: who.k, keys: who.keys, signatures: who.secrets.map((s) => (s && left-- > 0 ? sign(s, hash) : null)) }
}
const isComplete = (part) => part !== null && part.signatures.filter((s) => s).length === part.k
const wrPart = (account, part) => (account[0] === KEY ? part.signatures[0] : policyPart(part.k, part.keys, part.signatures))

export const signed = (t, chain, people) => {
	const bytes = body(t), hash = message(chain, bytes)
	return concat(bytes, ...signersOf(t).map((a) => {
		const part = partOf(a, people, hash)
		if (!isComplete(part)) throw new Error('somebody did not sign')
		return wrPart(a, part)
	}))
}

// The signed transaction, decoded, with each signature checked.
export const verified = (bytes, chain) => {
	const r = new Reader(bytes), t = decodeBody(r), hash = message(chain, t.body)
	for (const a of signersOf(t)) {
		const part = a[0] === KEY ? { k: 1, keys: [a.slice(1)], signatures: [r.take(64)] } : rdPolicy(r, a)
		if (!isComplete(part)) throw new Error('signatures are missing')
		part.signatures.forEach((s, i) => { if (s && !verify(part.keys[i], hash, s)) throw new Error('a signature is wrong') })
	}
	r.done()
	return t
}

// --- Partial transactions ---

const partialOf = (chain, bytes, accounts, parts) => concat([3], chain, varbytes(bytes), ...accounts.map((a, i) => {
	const known = parts[i] !== null && (a[0] === POLICY || parts[i].signatures[0] !== null)
	return known ? concat([1], wrPart(a, parts[i])) : Uint8Array.of(0)
}))

// What those of `people` who have secrets have signed.
export const partial = (t, chain, people) => {
	const bytes = body(t), hash = message(chain, bytes), accounts = signersOf(t)
	return partialOf(chain, bytes, accounts, accounts.map((a) => partOf(a, people, hash)))
}

export const decodePartial = (bytes) => {
	const r = new Reader(bytes)
	if (r.u8() !== 3) throw new Error('not a partial transaction')
	const chain = r.take(32), inner = new Reader(r.varbytes(TRANSACTION_MAX)), t = decodeBody(inner)
	inner.done()
	const accounts = signersOf(t)
	const parts = accounts.map((a) => {
		const known = r.u8()
		if (known > 1) throw new Error('0 or 1')
		if (known === 0) return a[0] === KEY ? { k: 1, keys: [a.slice(1)], signatures: [null] } : null
		return a[0] === KEY ? { k: 1, keys: [a.slice(1)], signatures: [r.take(64)] } : rdPolicy(r, a)
	})
	r.done()
	return { chain, t, accounts, parts }
}

export const combined = (a, b) => {
	if (!equal(a.chain, b.chain) || !equal(a.t.body, b.t.body)) throw new Error('another transaction')
	const parts = a.parts.map((part, i) => {
		const other = b.parts[i]
		if (part === null || other === null) return part ?? other
		let left = part.k - part.signatures.filter((s) => s).length
		return { ...part, signatures: part.signatures.map((s, k) => s ?? (other.signatures[k] && left-- > 0 ? other.signatures[k] : null)) }
	})
	return { ...a, parts }
}
export const encodePartial = (p) => partialOf(p.chain, p.t.body, p.accounts, p.parts)
export const finished = (p) => {
	if (!p.parts.every(isComplete)) throw new Error('somebody did not sign')
	return concat(p.t.body, ...p.accounts.map((a, i) => wrPart(a, p.parts[i])))
}

// --- Blocks ---

export const merkle = (leaves) => {
	if (leaves.length === 0) return new Uint8Array(32)
	while (leaves.length > 1) {
		const row = []
		for (let i = 0; i < leaves.length; i += 2) row.push(i + 1 < leaves.length ? tagged('tally/branch', leaves[i], leaves[i + 1]) : leaves[i])
		leaves = row
	}
	return leaves[0]
}
export const result = (r) => concat([r.code], varbytes(utf8(r.reason)), le(r.op ?? 0, 4), varbytes(r.events ?? new Uint8Array()), r.txid ?? new Uint8Array(32))
export const block = (b) => concat([1], le(b.height, 8), le(b.time, 8), b.previous, b.transactionsRoot, b.resultsRoot, b.appHash, b.proposer)
export const blockHash = (bytes) => tagged('tally/block', bytes)

// --- State ---

const bit = (path, level) => path[level >> 3] >> (7 - (level & 7)) & 1
const leafHash = (leaf) => sha256(Uint8Array.of(0), leaf.path, leaf.valueHash)

export const leavesOf = (entries) => entries.map(([key, value]) => ({ path: sha256(key), valueHash: sha256(value) }))
export const subtree = (leaves, level = 0) => {
	if (leaves.length === 0) return new Uint8Array(32)
	if (leaves.length === 1) return leafHash(leaves[0])
	const side = (s) => subtree(leaves.filter((l) => bit(l.path, level) === s), level + 1)
	return sha256(Uint8Array.of(1), side(0), side(1))
}
export const prove = (leaves, key) => {
	const path = sha256(key), siblings = []
	for (let level = 0; leaves.length > 1; level++) {
		siblings.push(subtree(leaves.filter((l) => bit(l.path, level) !== bit(path, level)), level + 1))
		leaves = leaves.filter((l) => bit(l.path, level) === bit(path, level))
	}
	let end = Uint8Array.of(2)
	if (leaves.length) end = equal(leaves[0].path, path) ? Uint8Array.of(0) : concat([1], leaves[0].path, leaves[0].valueHash)
	return concat(le(siblings.length, 2), end, ...siblings)
}

export { AMOUNT_MAX, xonly }
