// Payloads of operations: a list of fields for each, by its name in the tables of doc/formats.md. decode() reads a payload by its list and
// encode() writes it again: what the page shows must come back byte for byte.
import { AMOUNT_MAX, Reader, compact, concat, le, varbytes } from './bytes.mjs'

const MAX = 100000

// A field is [name, kind]. A kind is a name of the table below, or an object {read(r), write(value)}.
const kinds = {
	u8: { read: (r) => r.u8(), write: (v) => le(v, 1) },
	u16: { read: (r) => r.u16(), write: (v) => le(v, 2) },
	u32: { read: (r) => r.u32(), write: (v) => le(v, 4) },
	u64: { read: (r) => r.u64(), write: (v) => le(v, 8) },
	i64: { read: (r) => r.i64(), write: (v) => le(v, 8) },
	amount: {
		read: (r) => r.amount(),
		write: (v) => {
			if (v < 0n || v > AMOUNT_MAX) throw new Error('no amount')
			return le(v, 8)
		},
	},
	bytes32: { read: (r) => r.take(32), write: (v) => v },
	signature: { read: (r) => r.take(64), write: (v) => v },
	account: {
		read: (r) => {
			const a = r.take(33)
			if (a[0] > 2) throw new Error('no such type of account')
			return a
		},
		write: (v) => v,
	},
	rest: { read: (r) => r.rest(), write: (v) => v },
}
const kindOf = (kind) => (typeof kind === 'string' ? kinds[kind] : kind)
const blob = (max, min = 0) => ({
	read: (r) => {
		const b = r.varbytes(max)
		if (b.length < min) throw new Error('too short')
		return b
	},
	write: varbytes,
})
const text = (max, min = 0) => ({
	read: (r) => new TextDecoder('utf-8', { fatal: true }).decode(blob(max, min).read(r)),
	write: (v) => varbytes(new TextEncoder().encode(v)),
})
const group = (fields) => ({
	read: (r) => Object.fromEntries(fields.map(([name, kind]) => [name, kindOf(kind).read(r)])),
	write: (v) => concat(...fields.map(([name, kind]) => kindOf(kind).write(v[name]))),
})
const list = (max, min, item) => ({
	read: (r) => {
		const n = r.compact()
		if (n < min || n > max) throw new Error('too many or too few')
		return Array.from({ length: n }, () => kindOf(item).read(r))
	},
	write: (v) => concat(compact(v.length), ...v.map((x) => kindOf(item).write(x))),
})
// u8 0 or 1, and then the rest of it.
const option = (kind) => ({
	read: (r) => {
		const has = r.u8()
		if (has > 1) throw new Error('0 or 1')
		return has ? kindOf(kind).read(r) : null
	},
	write: (v) => (v === null ? Uint8Array.of(0) : concat([1], kindOf(kind).write(v))),
})
// u8, then what this number stands for.
const choice = (...choices) => ({
	read: (r) => {
		const which = r.u8()
		if (which >= choices.length) throw new Error('no such choice')
		return { which, value: kindOf(choices[which]).read(r) }
	},
	write: (v) => concat([v.which], kindOf(choices[v.which]).write(v.value)),
})
const many = (fields) => group(fields)
const members = {
	read: (r) => {
		const all = list(64, 1, 'account').read(r)
		for (let i = 1; i < all.length; i++) if (Buffer.compare(all[i - 1], all[i]) >= 0) throw new Error('members must ascend')
		return all
	},
	write: (v) => list(64, 1, 'account').write(v),
}

const asset = ['asset', 'bytes32'], to = ['to', 'account'], amount = ['amount', 'amount'], proposal = ['proposal', 'u64']
const item = ['item', 'bytes32'], document = ['document', 'bytes32'], validator = ['validator', 'bytes32']
const sized = (n) => ({ read: (r) => r.take(n), write: (v) => v })
const cast = group([['block', option(group([['hash', 'bytes32'], ['parts', 'u32'], ['partsHash', 'bytes32']]))], ['seconds', 'u64'], ['nanos', 'u32'], ['signature', 'signature']])
const terms = [['epoch', 'u32'], ['account', 'account'], asset, ['reclaim', 'bytes32'], ['nonce', 'u64']]
const mark = ['mark', group([['epoch', 'u32'], ['member', 'u8'], ['counter', 'u64'], ['signature', 'signature']])]

const sale = ['sale', 'u64']
// u8 and so many hashes.
const allowPath = {
	read: (r) => {
		const n = r.u8()
		if (n > 32) throw new Error('a path of more than 32')
		return Array.from({ length: n }, () => r.take(32))
	},
	write: (v) => concat(le(v.length, 1), ...v),
}

export const operations = {
	CREATE: [['flags', 'u16'], ['decimals', 'u8'], ['cap', 'amount'], ['ticker', text(12, 1)], ['name', text(64, 1)], ['rule', text(31)], ['ruleMajor', 'u16'],
		['dao', 'u32'], ['units', 'u64'], ['sats', 'u64'], ['freezeNotice', 'u32'], ['changes', 'u16'], ['changeNotice', 'u32'], ['params', blob(1000)]],
	MINT: [asset, to, amount, ['coinMax', 'amount']],
	BURN: [asset, amount],
	TRANSFER: [asset, to, amount, ['memo', blob(64)]],
	SET_ISSUER: [asset, ['issuer', 'account']],
	RENOUNCE: [asset],
	FREEZE: [asset, ['account', 'account']],
	UNFREEZE: [asset, ['account', 'account']],
	PAUSE: [asset, ['until', 'i64']],
	CLAWBACK: [asset, ['from', 'account'], amount],
	SET_DAO: [asset, ['dao', 'u32']],
	SET_PARAMS: [asset, ['params', blob(1000)]],
	SET_NAME: [asset, ['name', text(64, 1)]],
	EARN: [asset, to, ['receipt', 'bytes32'], ['paid', 'amount'], ['withPoints', 'amount']],
	REFUND: [asset, ['customer', 'account'], ['receipt', 'bytes32'], ['returned', 'amount']],
	REDEEM: [asset, amount],
	CREATE_DAO: [['name', text(64, 1)], ['rule', text(31)], ['ruleMajor', 'u16'], ['params', blob(1000)], ['actions', 'u32'],
		...['depositPeriod', 'votingDelay', 'votingPeriod', 'lateExtension', 'timelock', 'grace'].map((n) => [n, 'u32']),
		['deposit', 'amount'], ['depositFirst', 'amount'], ['threshold', 'u64'],
		['guardian', option(group([['account', 'account'], ['until', 'i64']]))], ['electorate', choice('bytes32', members)]],
	PROPOSE: [['dao', 'u32'], ['title', text(100, 1)], ['deposit', 'amount'], ['actions', list(16, 1, group([['kind', 'u8'], ['payload', blob(4000)]]))]],
	ADD_DEPOSIT: [proposal, amount],
	VOTE: [proposal, ['for', 'u16'], ['against', 'u16'], ['abstain', 'u16'], ['veto', 'u16']],
	CANCEL: [proposal],
	EXECUTE: [proposal],
	DELEGATE: [asset, to],
	GUARDIAN_VETO: [proposal],
	CREATE_SALE: [asset, ['payment', 'bytes32'], ['rule', text(31)], ['ruleMajor', 'u16'], ['params', blob(1000)], ['open', 'i64'], ['close', 'i64'],
		...['softCap', 'hardCap', 'tokens', 'payerMin', 'payerMax', 'beneficiaryMin', 'beneficiaryMax'].map((n) => [n, 'amount']),
		['allowList', 'bytes32'], ['cliff', 'u32'], ['vesting', 'u32']],
	BUY: [sale, ['beneficiary', 'account'], ['payment', 'amount'], ['tokensMin', 'amount'], ['payerPath', allowPath], ['beneficiaryPath', allowPath]],
	CLOSE_SALE: [sale],
	CLAIM: [sale, ['account', 'account']],
	CANCEL_SALE: [sale],
	OFFER: [['sell', 'bytes32'], ['sellAmount', 'amount'], ['buy', 'bytes32'], ['buyAmount', 'amount'], ['flags', 'u8'], ['until', 'i64'], ['only', option('account')]],
	TAKE: [['offer', 'u64'], ['want', 'amount'], ['least', 'amount'], ['payMax', 'amount']],
	CANCEL_OFFER: [['offer', 'u64'], amount],
	CREATE_ITEM: [['title', text(MAX, 1)], document],
	RECORD_EVENT: [item, ['label', text(MAX, 1)], document, ['final', 'u8']],
	HANDOVER: [item, to, ['until', 'i64'], document],
	ACCEPT_ITEM: [item, ['head', 'bytes32']],
	SET_ATTESTER: [item, ['account', 'account'], ['allowed', 'u8']],
	ATTEST_NAME: [['account', 'account'], ['name', text(MAX, 1)]],
	REVOKE_NAME: [['account', 'account'], ['name', text(MAX, 1)]],
	RENOUNCE_NAME: [['name', text(MAX, 1)]],
	REGISTER_VALIDATOR: [validator, ['proof', 'signature'], ['moniker', text(MAX, 1)], ['selfBond', 'amount']],
	RETIRE_VALIDATOR: [validator],
	BOND: [validator, amount],
	UNBOND: [validator, amount],
	WITHDRAW: [['of', 'account']],
	VOTE_VALIDATORS: [['votes', list(64, 0, group([validator, amount]))]],
	EVIDENCE: [validator, ['evidence', choice(group([['type', 'u8'], ['height', 'u64'], ['round', 'u32'], ['a', cast], ['b', cast]]),
		group([['headerA', sized(178)], ['sealA', 'signature'], ['headerB', sized(178)], ['sealB', 'signature']]))]],
	UNJAIL: [validator],
	INTENT: [...terms, mark],
	INTENT_PAID: terms,
	PAYOUT: [amount, ['maxFee', 'amount'], ['script', blob(34)]],
	FEERATE: [['rate', 'u32'], mark],
	GUARDIAN_PAUSE: [mark],
}

// Payloads of a proposal's actions.
const version = [['rule', text(31)], ['major', 'u16'], ['minor', 'u16'], ['patch', 'u16']]
export const actions = {
	SPEND: [asset, to, amount],
	MINT_PERMIT: [asset, amount],
	PLUGIN_DISABLE: version,
	RULE_UPGRADE: [...version, ['fromHeight', 'u64']],
	PARAM: [asset, ['name', text(31)], ['value', blob(1000)]],
	COVER_DEFICIT: [['source', 'u8'], amount],
}

export const decode = (fields, bytes) => {
	const r = new Reader(bytes), value = many(fields).read(r)
	r.done()
	return value
}
export const encode = (fields, value) => many(fields).write(value)
export { MAX, blob, choice, group, list, option, text }
