// Integers, strings and hashes of doc/formats.md, section "Conventions".
import { createHash } from 'node:crypto'

export const hex = (bytes) => Buffer.from(bytes).toString('hex')
export const unhex = (text) => {
	if (text.length % 2 || /[^0-9a-f]/.test(text)) throw new Error(`no hex: ${text.slice(0, 40)}`)
	return Uint8Array.from(Buffer.from(text, 'hex'))
}
export const utf8 = (text) => new TextEncoder().encode(text)
export const equal = (a, b) => Buffer.compare(a, b) === 0
export const concat = (...parts) => Uint8Array.from(Buffer.concat(parts.map((p) => Uint8Array.from(p))))

export const sha256 = (...parts) => {
	const h = createHash('sha256')
	for (const p of parts) h.update(Uint8Array.from(p))
	return Uint8Array.from(h.digest())
}
export const tagged = (tag, ...parts) => {
	const t = sha256(utf8(tag))
	return sha256(t, t, ...parts)
}

// An unsigned integer of `size` bytes, little-endian; i64 too.
export const le = (value, size) => {
	let n = BigInt.asUintN(8 * size, BigInt(value))
	const out = new Uint8Array(size)
	for (let i = 0; i < size; i++, n >>= 8n) out[i] = Number(n & 255n)
	return out
}
export const compact = (n) => {
	if (n < 0xfd) return le(n, 1)
	if (n < 0x10000) return concat([0xfd], le(n, 2))
	return n < 2 ** 32 ? concat([0xfe], le(n, 4)) : concat([0xff], le(n, 8))
}
export const varbytes = (bytes) => concat(compact(bytes.length), bytes)

export const AMOUNT_MAX = 2n ** 63n - 1n

// Reads what the functions above write, and refuses every other encoding.
export class Reader {
	constructor(bytes) {
		this.bytes = bytes
		this.at = 0
	}
	take(n) {
		if (this.at + n > this.bytes.length) throw new Error('bytes are missing')
		this.at += n
		return this.bytes.slice(this.at - n, this.at)
	}
	uint(size) {
		return this.take(size).reduceRight((n, b) => n << 8n | BigInt(b), 0n)
	}
	u8() { return Number(this.uint(1)) }
	u16() { return Number(this.uint(2)) }
	u32() { return Number(this.uint(4)) }
	u64() { return this.uint(8) }
	i64() { return BigInt.asIntN(64, this.uint(8)) }
	amount() {
		const n = this.u64()
		if (n > AMOUNT_MAX) throw new Error('above all amounts')
		return n
	}
	compact() {
		const first = this.u8()
		if (first < 0xfd) return first
		const size = 2 << (first - 0xfd), n = this.uint(size)
		if (n < [0xfdn, 0x10000n, 2n ** 32n][first - 0xfd]) throw new Error('not the shortest form')
		return Number(n)
	}
	varbytes(max = Infinity) {
		const n = this.compact()
		if (n > max) throw new Error('too long')
		return this.take(n)
	}
	rest() { return this.take(this.bytes.length - this.at) }
	done() {
		if (this.at !== this.bytes.length) throw new Error('bytes are left over')
	}
}
