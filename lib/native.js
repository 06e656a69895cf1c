'use strict';

// The addon, as the generated loader finds it: built here, or from the package of this platform.
module.exports = require('../native.js');
