/*
 * The way to the daemon: GET of its JSON resources, on the same origin only. The token, where one
 * is wanted, lives in this object and nowhere else.
 */

const PATIENCE_MS = 10000;

/** What went wrong: "lost" no answer, "token" who are you, "refused", "gone" there is none. */
export class LinkError extends Error {
	constructor(kind, message) {
		super(message);
		this.kind = kind;
	}
}

export class Link {
	#token = null;

	get hasToken() {
		return this.#token !== null;
	}

	showToken(token) {
		this.#token = token;
	}

	async get(path, params = {}) {
		const query = new URLSearchParams(params).toString();
		const response = await this.#fetch(query === "" ? path : `${path}?${query}`);
		if (response.ok) {
			return response.json().catch(() => {
				throw new LinkError("lost", "The answer of the daemon broke off");
			});
		}
		throw new LinkError(kindOf(response.status), await reasonOf(response));
	}

	async #fetch(address) {
		const headers = this.hasToken ? { Authorization: `Bearer ${this.#token}` } : {};
		try {
			return await fetch(address, {
				headers,
				cache: "no-store",
				credentials: "omit",
				redirect: "error",
				signal: AbortSignal.timeout(PATIENCE_MS),
			});
		} catch (error) {
			if (error.name === "TypeError" || error.name === "TimeoutError") {
				throw new LinkError("lost", "The daemon does not answer");
			}
			throw error;
		}
	}
}

function kindOf(status) {
	switch (status) {
	case 401:
		return "token";
	case 404:
		return "gone";
	case 503:
		return "lost";
	default:
		return "refused";
	}
}

/** The daemon's own words: {"error":"name: message"}, or a line of text. */
async function reasonOf(response) {
	const text = await response.text().catch(() => "");
	try {
		return String(JSON.parse(text).error);
	} catch {
		return text.trim() || `Status ${response.status}`;
	}
}
