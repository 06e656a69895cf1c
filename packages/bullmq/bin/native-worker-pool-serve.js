#!/usr/bin/env node
'use strict';

require('../lib/serve/main').main(process.argv.slice(2));
