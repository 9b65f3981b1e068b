"""From LLVM assembly to functions that run: passes, code for a processor, object files loaded again.

Only passes that keep every rounding are run, and no flag allows contraction, so the same bits come out of code for the
processor at hand and of code for any x86-64.
"""

from __future__ import annotations

import ctypes
import threading
from dataclasses import dataclass
from typing import Any

from ringfence.errors import MissingExtraError

#: Processor names a kernel can be compiled for: the one at hand, or the oldest of its kind.
HOST, GENERIC = "host", "generic"
_LOCK = threading.Lock()
_READY: list[Any] = []


def binding() -> Any:
    """Return llvmlite's binding, set up."""
    with _LOCK:
        if not _READY:
            try:
                import llvmlite.binding as llvm
            except ImportError:
                raise MissingExtraError("native runs need llvmlite: pip install 'ringfence[native]'") from None
            llvm.initialize_native_target()
            llvm.initialize_native_asmprinter()
            _READY.append(llvm)
    return _READY[0]


def describe(processor: str) -> str:
    """Name everything the object code depends on but its source.

    Parameters
    ----------
    processor
        :data:`HOST` or :data:`GENERIC`.
    """
    llvm = binding()
    name, features = _processor(processor)
    return f"{llvm.llvm_version_info} {llvm.get_default_triple()} {name} {features}"


def _processor(processor: str) -> tuple[str, str]:
    llvm = binding()
    if processor == GENERIC:
        return "x86-64", ""
    return llvm.get_host_cpu_name(), _wide(llvm.get_host_cpu_features().flatten())


def _wide(features: str) -> str:
    """Ask for 512-bit vectors where the processor has them."""
    return f"{features},-prefer-256-bit" if "+avx512f" in features else features


def _target(processor: str) -> Any:
    llvm = binding()
    name, features = _processor(processor)
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=name, features=features, opt=2, reloc="pic", codemodel="small", printmc=False, jit=True
    )


def optimised(text: str, processor: str) -> tuple[Any, Any]:
    """Read a module and tidy it; return module and target machine.

    Parameters
    ----------
    text
        LLVM assembly.
    processor
        As for :func:`describe`.
    """
    llvm = binding()
    machine = _target(processor)
    module = llvm.parse_assembly(text)
    module.triple = llvm.get_default_triple()
    module.data_layout = str(machine.target_data)
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
    passes = llvm.create_new_module_pass_manager()
    passes.add_always_inliner_pass()
    passes.add_sroa_pass()
    passes.add_simplify_cfg_pass()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, builder)
    return module, machine


def compile_object(text: str, processor: str) -> bytes:
    """Compile a module to an object file.

    Parameters
    ----------
    text, processor
        As for :func:`optimised`.
    """
    module, machine = optimised(text, processor)
    found: bytes = machine.emit_object(module)
    return found


def assembly(text: str, processor: str) -> str:
    """Compile a module to the processor's assembly, to be read.

    Parameters
    ----------
    text, processor
        As for :func:`optimised`.
    """
    module, machine = optimised(text, processor)
    found: str = machine.emit_assembly(module)
    return found


@dataclass(frozen=True)
class Functions:
    """The two functions of a loaded kernel; the engine keeps them in memory."""

    shared: Any
    paths: Any
    engine: Any


def load(image: bytes, processor: str) -> Functions:
    """Load an object file.

    Parameters
    ----------
    image
        The object file.
    processor
        What it was compiled for.
    """
    llvm = binding()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target(processor))
    engine.add_object_file(llvm.ObjectFileRef.from_data(image))
    engine.finalize_object()
    pointer, word = ctypes.c_void_p, ctypes.c_int64
    shared = ctypes.CFUNCTYPE(word, pointer, pointer)(engine.get_function_address("shared"))
    paths = ctypes.CFUNCTYPE(None, pointer, pointer, pointer, word, word)(engine.get_function_address("paths"))
    return Functions(shared, paths, engine)
