"use strict";
// The LMS's end of LTI Platform Storage: keeps what tools in frames or opened windows ask it to keep, each origin's apart.
(() => {
  const told = document.currentScript.dataset;
  const known = new Set(told.origins.split(" "));
  const LONGEST = 4096;
  const MOST = 500;
  const SUBJECTS = ["lti.capabilities", "lti.put_data", "lti.get_data"];
  const kept = new Map();

  const isText = (value) => typeof value === "string" && value !== "" && value.length <= LONGEST;
  const error = (code, message) => ({ error: { code, message } });

  function capabilities() {
    return { supported_messages: SUBJECTS.map((subject) => ({ subject })) };
  }

  function put(store, { key, value }) {
    if (!isText(key)) return error("bad_request", "key is missing or too long");
    if (value === undefined || value === null) {
      store.delete(key);
      return { key, value: null };
    }
    if (typeof value !== "string") return error("bad_request", "value is not text");
    if (new TextEncoder().encode(value).length > LONGEST || (!store.has(key) && store.size >= MOST)) {
      return error("storage_exhaustion", "there is no room for it");
    }
    store.set(key, value);
    return { key, value };
  }

  function get(store, { key }) {
    if (!isText(key)) return error("bad_request", "key is missing or too long");
    return store.has(key) ? { key, value: store.get(key) } : { key };
  }

  function answer(origin, data) {
    if (!known.has(origin)) return error("wrong_origin", "this origin is no tool of ours");
    if (!isText(data.message_id)) return error("bad_request", "message_id is missing");
    if (!kept.has(origin)) kept.set(origin, new Map());
    const store = kept.get(origin);
    if (data.subject === "lti.capabilities") return capabilities();
    if (data.subject === "lti.put_data") return put(store, data);
    if (data.subject === "lti.get_data") return get(store, data);
    return error("unsupported_subject", "this subject is not known here");
  }

  window.addEventListener("message", ({ data, origin, source }) => {
    if (typeof data !== "object" || data === null || typeof data.subject !== "string" || source === null) return;
    if (data.subject === "lti.close" || data.subject === "org.imsglobal.lti.close") {
      if (known.has(origin) && told.close) window.location.assign(told.close);
      return;
    }
    if (told.silent !== undefined || !data.subject.startsWith("lti.")) return;
    const reply = { subject: `${data.subject}.response`, message_id: data.message_id, ...answer(origin, data) };
    source.postMessage(reply, origin);
  });
})();
