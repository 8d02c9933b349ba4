"use strict";
/* Every text of the page, English and Chinese. */
const WORDS = {
	en: {
		skip: "Skip to content", tagline: "A coin locked there, a token here, and anyone can check that the halves fit.",
		reserve: "Reserve", mainchain: "Main chain", sidechain: "Sidechain", peg: "Peg", pegins: "Coins coming in", pegouts: "Coins going out",
		assets: "Tokens of stores", proposals: "Proposals",
		source: "From this node's ledger. To check it without trusting the node, look the reserve's outputs up on the main chain (tally getreserves lists them).",
		covered: "of what was minted is locked on the main chain", nothing: "nothing minted yet", none: "none yet",
		updated: "Updated", lost: "The node does not answer. Trying again…", light: "This node is a light client only: it has no sidechain.",
		network: "Network", height: "Height", headers: "Headers", peers: "Peers", progress: "Progress", ready: "Ready", yes: "yes", no: "no", tip: "Tip",
		time: "Time", engine: "Engine", chain_id: "Chain", state: "State", reason: "Reason", supply: "Supply", deficit: "Deficit", donations: "Donations",
		fee_fund: "Fee fund", epoch: "Epoch", queued: "Payouts queued", waiting: "Deposits waiting", signers: "Signers here", amount: "Amount", account: "Account", asset: "Asset", ticker: "Ticker",
		name: "Name", issuer: "Issuer", backing: "Coin behind it", title: "Title", dao: "DAO", payout: "No.", deposit: "Deposit", destination: "Destination",
		transaction: "Transaction", proposal: "No.", cap: "Cap", for: "For", against: "Against", until: "Vote ends",
	},
	zh: {
		skip: "跳到正文", tagline: "币锁在那边,代币在这边,两半是否相合,人人可验。",
		reserve: "储备", mainchain: "主链", sidechain: "侧链", peg: "锚定", pegins: "转入的币", pegouts: "转出的币",
		assets: "商家代币", proposals: "提案",
		source: "数据来自本节点账本。若不愿信任本节点,可在主链上逐一核对储备输出(tally getreserves 会列出)。",
		covered: "的已铸代币在主链上有锁定的币", nothing: "尚未铸币", none: "暂无",
		updated: "更新于", lost: "节点没有应答,正在重试……", light: "本节点仅为轻客户端,没有侧链。",
		network: "网络", height: "高度", headers: "区块头", peers: "对等节点", progress: "进度", ready: "就绪", yes: "是", no: "否", tip: "链顶",
		time: "时间", engine: "引擎", chain_id: "链", state: "状态", reason: "原因", supply: "供应量", deficit: "缺口", donations: "捐赠",
		fee_fund: "手续费基金", epoch: "届次", queued: "排队的提款", waiting: "等待的存款", signers: "本节点签名者", amount: "数额", account: "账户", asset: "资产", ticker: "代号",
		name: "名称", issuer: "发行人", backing: "作保的币", title: "标题", dao: "DAO", payout: "编号", deposit: "存款", destination: "收款地址",
		transaction: "交易", proposal: "编号", cap: "上限", for: "赞成", against: "反对", until: "表决截止",
	},
};
