"use strict";
document.getElementById("submit-at-once").submit();
