"""Ground floor: tables, ids, recipe, run, store, execute, storage, progress, errors."""
