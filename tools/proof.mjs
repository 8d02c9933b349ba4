// Checks proofs of a Tallystick ledger's state: getproof's answer against a block, and the block against who sealed it. Needs nothing but
// WebCrypto, so a browser can use it as it is. Written from doc/formats.md alone.

const { subtle } = globalThis.crypto ?? (await import('node:crypto')).webcrypto

export const unhex = (text) => {
	if (typeof text !== 'string' || text.length % 2 || /[^0-9a-fA-F]/.test(text)) throw new Error('hex is wanted')
	return Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16))
}
export const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
const same = (a, b) => a.length === b.length && a.every((x, i) => x === b[i])
const concat = (...parts) => Uint8Array.from(parts.flatMap((p) => [...p]))
const sha256 = async (...parts) => new Uint8Array(await subtle.digest('SHA-256', concat(...parts)))
const tagged = async (tag, ...parts) => {
	const t = await sha256(new TextEncoder().encode(tag))
	return sha256(t, t, ...parts)
}

// --- The state tree ---

const bit = (path, level) => path[level >> 3] >> (7 - (level & 7)) & 1

// 'present', 'absent' or 'wrong'. All are Uint8Arrays; value null asks about absence.
export async function checkStateProof(root, key, value, proof) {
	if (proof.length < 3 || key.length < 1) return 'wrong'
	const path = await sha256(key), depth = proof[0] | proof[1] << 8, kind = proof[2]
	let at = 3, node
	if (depth > 256 || kind > 2 || (kind === 0) !== (value !== null)) return 'wrong'
	if (proof.length !== 3 + (kind === 1 ? 64 : 0) + 32 * depth) return 'wrong'
	if (kind === 0) {
		node = await sha256([0], path, await sha256(value))
	} else if (kind === 1) {
		const other = proof.slice(3, 35)
		if (same(other, path)) return 'wrong'
		for (let level = 0; level < depth; level++) if (bit(other, level) !== bit(path, level)) return 'wrong'
		node = await sha256([0], other, proof.slice(35, 67))
		at = 67
	} else {
		node = new Uint8Array(32)
	}
	for (let level = depth - 1; level >= 0; level--) {
		const sibling = proof.slice(at + 32 * level, at + 32 * level + 32)
		node = bit(path, level) ? await sha256([1], sibling, node) : await sha256([1], node, sibling)
	}
	if (!same(node, root)) return 'wrong'
	return kind === 0 ? 'present' : 'absent'
}

// --- BIP340, to verify only ---

const P = 2n ** 256n - 2n ** 32n - 977n
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const G = [0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n, 0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n]
const mod = (a, m = P) => ((a % m) + m) % m
const power = (b, e) => {
	let out = 1n
	for (b = mod(b); e > 0n; e >>= 1n, b = b * b % P) if (e & 1n) out = out * b % P
	return out
}
const number = (bytes) => bytes.reduce((n, b) => n << 8n | BigInt(b), 0n)

// Jacobian coordinates: x = X/Z², y = Y/Z³; null is the point at infinity.
const twice = (p) => {
	if (!p || p[1] === 0n) return null
	const [X, Y, Z] = p, a = mod(Y * Y), s = mod(4n * X * a), m = mod(3n * X * X), x = mod(m * m - 2n * s)
	return [x, mod(m * (s - x) - 8n * a * a), mod(2n * Y * Z)]
}
const add = (p, q) => {
	if (!p || !q) return p ?? q
	const pz = mod(p[2] * p[2]), qz = mod(q[2] * q[2])
	const u = mod(p[0] * qz), s = mod(p[1] * qz * q[2]), h = mod(q[0] * pz - u), r = mod(q[1] * pz * p[2] - s)
	if (h === 0n) return r === 0n ? twice(p) : null
	const hh = mod(h * h), v = mod(u * hh), x = mod(r * r - hh * h - 2n * v)
	return [x, mod(r * (v - x) - s * hh * h), mod(p[2] * q[2] * h)]
}
const times = (k, [x, y]) => {
	let out = null, p = [x, y, 1n]
	for (; k > 0n; k >>= 1n, p = twice(p)) if (k & 1n) out = add(out, p)
	return out
}

// key: 32 bytes, x-only; message: 32 bytes; signature: 64 bytes.
export async function verifySignature(key, message, signature) {
	const x = number(key), r = number(signature.slice(0, 32)), s = number(signature.slice(32))
	if (key.length !== 32 || signature.length !== 64 || x >= P || r >= P || s >= N) return false
	const square = mod(x * x * x + 7n)
	let y = power(square, (P + 1n) / 4n)
	if (mod(y * y) !== square) return false
	if (y & 1n) y = P - y
	const e = mod(number(await tagged('BIP0340/challenge', signature.slice(0, 32), key, message)), N)
	const point = add(times(s, G), times(mod(-e, N), [x, y]))
	if (!point) return false
	const inverse = power(point[2], P - 2n), zz = mod(inverse * inverse)
	return mod(point[0] * zz) === r && (mod(point[1] * zz * inverse) & 1n) === 0n
}

// --- Blocks ---

const BLOCK_LEN = 178

// The fields of a block's header; throws when it is none.
export async function readBlock(header) {
	if (header.length !== BLOCK_LEN || header[0] !== 1) throw new Error('this is no header of a block')
	const view = new DataView(header.buffer, header.byteOffset)
	return {
		height: view.getBigUint64(1, true), time: view.getBigInt64(9, true), previous: header.slice(17, 49), transactionsRoot: header.slice(49, 81),
		resultsRoot: header.slice(81, 113), appHash: header.slice(113, 145), proposer: header.slice(145), hash: await tagged('tally/block', header),
	}
}

// getproof's answer: what it proves, and of which block. Throws, and says why, unless everything fits. Whoever asks must still know that the
// block is of his chain: by its hash, or by the key that sealed it (sealer, 32 bytes; null: whoever).
export async function checkAnswer(answer, { sealer = null, block = null } = {}) {
	const header = await readBlock(unhex(answer.header))
	const value = answer.value === undefined || answer.value === null ? null : unhex(answer.value)
	const verdict = await checkStateProof(header.appHash, unhex(answer.key), value, unhex(answer.proof))
	if (verdict === 'wrong') throw new Error('the proof does not lead to the state of the block')
	if (answer.present !== undefined && answer.present !== (verdict === 'present')) throw new Error('the answer says one thing and its proof another')
	if (answer.app_hash !== undefined && answer.app_hash !== hex(header.appHash)) throw new Error('the app hash is not that of the block')
	if (block && !same(block, header.hash)) throw new Error('the proof is of another block')
	if (header.proposer[0] !== 0) throw new Error('the block names no key that sealed it')
	if (sealer && !same(sealer, header.proposer.slice(1))) throw new Error('another key sealed the block')
	if (!await verifySignature(header.proposer.slice(1), header.hash, unhex(answer.seal))) throw new Error('the seal of the block is wrong')
	return { present: verdict === 'present', value, height: header.height, time: header.time, block: header.hash, sealer: header.proposer.slice(1) }
}
