'use strict';

// Which files the native tasks of a server may use. Job data is untrusted: without rules, whoever can add a job could
// read and write every file of the server.

const fs = require('node:fs/promises');
const path = require('node:path');
const { fileURLToPath } = require('node:url');
const errors = require('../errors');

class FileRules {
  /**
   * The permitted folder, with all links resolved.
   * @type {string | undefined}
   */
  #folder;

  /**
   * @param {string | undefined} folder `undefined` permits no file.
   * @returns {Promise<FileRules>} rejects if it is no folder.
   */
  static async of(folder) {
    const rules = new FileRules();
    if (folder !== undefined) {
      rules.#folder = await fs.realpath(folder);
      await fs.readdir(rules.#folder);
    }
    return rules;
  }

  /**
   * @param {any} data The data of a native task.
   * @returns {Promise<unknown>} the data with resolved paths, so that what was checked is what is opened.
   * @throws `ERR_INVALID_ARG_VALUE` for a file that is not permitted.
   */
  async apply(data) {
    if (typeof data !== 'object' || data === null) return data;
    const file = await this.#resolve(data, 'file', (given) => fs.realpath(given));
    const output = await this.#resolve(data, 'output', realOutput);
    if (file === undefined && output === undefined) return data;
    return { ...data, ...(file !== undefined && { file }), ...(output !== undefined && { output }) };
  }

  /**
   * @param {any} data
   * @param {'file' | 'output'} field
   * @param {(given: string) => Promise<string>} realpath
   */
  async #resolve(data, field, realpath) {
    const given = data[field];
    if (given === undefined || given === null) return undefined;
    const folder = this.#folder;
    if (folder === undefined) throw errors.fileRefused(field, 'is refused: this server permits no files (--files DIR)');
    if (typeof given !== 'string' || given === '' || given.includes('\0')) {
      throw errors.fileRefused(field, 'must be a path or the text of a file: URL');
    }
    const resolved = await this.#below(folder, field, pathOf(field, given), realpath);
    if (isBelow(folder, resolved)) return resolved;
    throw errors.fileRefused(field, 'is outside of the folder that this server permits');
  }

  /**
   * @param {string} folder
   * @param {string} field
   * @param {string} given
   * @param {(given: string) => Promise<string>} realpath
   */
  async #below(folder, field, given, realpath) {
    const absolute = path.resolve(folder, given);
    try {
      return await realpath(absolute);
    } catch (error) {
      // Whether a file outside of the folder exists is nobody's business.
      if (await hasParentBelow(folder, absolute)) throw error;
      throw errors.fileRefused(field, 'is outside of the folder that this server permits');
    }
  }
}

/**
 * @param {string} output A path to write. A native task writes to the target of a link there.
 * @returns {Promise<string>}
 */
async function realOutput(output) {
  const exists = await fs.lstat(output).then(
    () => true,
    () => false,
  );
  // A link to nothing cannot be resolved, so it is refused.
  if (exists) return fs.realpath(output);
  return path.join(await fs.realpath(path.dirname(output)), path.basename(output));
}

/**
 * @param {string} field
 * @param {string} given
 */
function pathOf(field, given) {
  if (!/^file:/i.test(given)) return given;
  try {
    return fileURLToPath(given);
  } catch {
    throw errors.fileRefused(field, 'is no valid file: URL');
  }
}

/**
 * Whether the closest existing folder of a file that cannot be resolved is `folder` or below.
 * @param {string} folder
 * @param {string} file
 */
async function hasParentBelow(folder, file) {
  for (let parent = path.dirname(file); ; parent = path.dirname(parent)) {
    try {
      const resolved = await fs.realpath(parent);
      return resolved === folder || isBelow(folder, resolved);
    } catch {
      if (parent === path.dirname(parent)) return false;
    }
  }
}

/**
 * @param {string} folder
 * @param {string} file
 */
function isBelow(folder, file) {
  const relative = path.relative(folder, file);
  return relative !== '' && relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

module.exports = { FileRules };
