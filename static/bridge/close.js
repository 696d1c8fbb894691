// The end of a registration: tells the LMS that opened this page, in a frame or a window, that it may close it.
"use strict";

(() => {
  if (!document.querySelector("[data-closes]")) return;
  const opener = window.opener || window.parent;
  // The message holds nothing, so everybody may read it.
  if (opener !== window) opener.postMessage({ subject: "org.imsglobal.lti.close" }, "*");
})();
