"""Operators that an exported program may call: arithmetic on its own tensors, nothing else.

Everything is named here. An operator that is missing and does no more than compute can be added.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import torch

from simeval.errors import InputError

__all__ = ["ATEN", "FUNCTIONS", "Refused", "resolve"]

ATEN = frozenset(
    """
    abs acos acosh adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d
    adaptive_max_pool2d add addbmm addcdiv addcmul addmm addmv alias all amax amin aminmax any arange
    argmax argmin argsort as_strided asin asinh atan atan2 atanh avg_pool1d avg_pool2d avg_pool3d
    baddbmm batch_norm bernoulli bilinear bincount bitwise_and bitwise_left_shift bitwise_not bitwise_or
    bitwise_right_shift bitwise_xor bmm broadcast_tensors broadcast_to bucketize cat cdist ceil celu
    channel_shuffle chunk clamp clamp_max clamp_min clip clone column_stack concat constant_pad_nd
    contiguous conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d convolution copy
    copysign cos cosh cosine_similarity count_nonzero cross cummax cummin cumprod cumsum deg2rad detach
    detach_copy diag diag_embed diagonal diff div divide dot dropout dstack einsum elu embedding
    embedding_bag empty empty_like empty_strided eq erf erfc erfinv exp exp2 expand expand_as expm1 eye
    feature_dropout fill flatten flip fliplr flipud floor floor_divide fmax fmin fmod frac full
    full_like gather ge gelu glu greater greater_equal grid_sampler grid_sampler_2d group_norm gru
    gru_cell gt hardshrink hardsigmoid hardswish hardtanh heaviside histc hstack huber_loss hypot im2col
    index index_add index_copy index_fill index_put index_select inner instance_norm inverse isclose
    isfinite isinf isnan isneginf isposinf item kron kthvalue layer_norm le leaky_relu lerp less
    less_equal lift lift_fresh lift_fresh_copy linalg_cross linalg_det linalg_inv linalg_matmul
    linalg_matrix_norm linalg_norm linalg_solve linalg_vector_norm linear linspace log log10 log1p log2
    log_sigmoid log_softmax logaddexp logaddexp2 logcumsumexp logical_and logical_not logical_or
    logical_xor logit logspace logsumexp lstm lstm_cell lt masked_fill masked_scatter masked_select
    matmul max max_pool1d max_pool2d max_pool2d_with_indices max_pool3d maximum mean median meshgrid min
    minimum mish mm mode moveaxis movedim mul multinomial multiply mv nan_to_num nanmean nansum narrow
    native_batch_norm native_dropout native_group_norm native_layer_norm ne neg negative new_empty
    new_full new_ones new_zeros nonzero norm normal not_equal numel one_hot ones ones_like outer pad
    pairwise_distance permute pixel_shuffle pixel_unshuffle polar positive pow prelu prod quantile
    rad2deg rand rand_like randint randint_like randn randn_like randperm ravel reciprocal relu relu6
    remainder repeat repeat_interleave reshape reshape_as resolve_conj resolve_neg rms_norm rnn_relu
    rnn_relu_cell rnn_tanh rnn_tanh_cell roll rot90 round rrelu rsqrt rsub scalar_tensor
    scaled_dot_product_attention scatter scatter_add scatter_reduce searchsorted select select_scatter
    selu sgn sigmoid sign signbit silu sin sinc sinh slice slice_scatter softmax softplus softshrink
    sort split split_with_sizes sqrt square squeeze stack std std_mean sub subtract sum svd swapaxes
    swapdims sym_constrain_range sym_constrain_range_for_size sym_numel sym_size t take take_along_dim
    tan tanh tensor_split threshold tile to topk transpose triangular_solve tril tril_indices triu
    triu_indices true_divide trunc unbind unflatten unfold uniform unsafe_chunk unsafe_split unsqueeze
    upsample_bicubic2d upsample_bilinear2d upsample_linear1d upsample_nearest1d upsample_nearest2d var
    var_mean vdot view view_as vstack where xlogy zero zeros zeros_like _adaptive_avg_pool2d
    _adaptive_avg_pool3d _assert_async _assert_scalar _assert_tensor_metadata _cdist_forward
    _convolution _euclidean_dist _local_scalar_dense _log_softmax _native_batch_norm_legit_no_training
    _pdist_forward _prelu_kernel _reshape_alias _safe_softmax _scaled_dot_product_attention_math
    _scaled_dot_product_flash_attention_for_cpu _shape_as_tensor _softmax _stack _to_copy _trilinear
    _unsafe_view _weight_norm _weight_norm_interface
    """.split()  # noqa: SIM905
)
"""Names of aten operators; with an underscore behind, they work in place."""

FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{
        f"_operator.{f.__name__}": f
        for f in (operator.eq, operator.ne, operator.le, operator.ge, operator.lt, operator.gt, operator.neg)
    },
    **{
        f"_operator.{f.__name__}": f
        for f in (operator.pos, operator.mul, operator.add, operator.sub, operator.floordiv, operator.mod)
    },
    "_operator.truediv": operator.truediv,
    "_operator.and_": operator.and_,
    "_operator.or_": operator.or_,
    "math.trunc": math.trunc,
    **{
        f"torch.{f.__name__}": f
        for f in (torch.sym_not, torch.sym_int, torch.sym_float, torch.sym_ite, torch.sym_max, torch.sym_min)
    },
}
"""Functions of whole numbers, sizes mostly."""

SKIPPED = {"_assert_tensor_metadata"}  # names a device: that of the export


class Refused(InputError):
    """An exported program calls what is not on the list."""


def resolve(target: str, where: str) -> Callable[..., Any] | None:
    """The function that a target names; None for one that only checks the place of a tensor.

    Nothing is looked up by a name from the file except an aten operator that is on the list.

    Raises:
        Refused: anything else.
    """
    if target in FUNCTIONS:
        return FUNCTIONS[target]
    parts = target.split(".")
    if len(parts) == 5 and parts[:3] == ["torch", "ops", "aten"]:
        name, overload = parts[3], parts[4]
        if name in SKIPPED:
            return None
        if name in ATEN or (name.endswith("_") and name[:-1] in ATEN):
            packet = getattr(torch.ops.aten, name, None)
            if packet is not None and overload in packet.overloads():
                found: Callable[..., Any] = getattr(packet, overload)
                return found
    raise Refused(
        where,
        f"calls {target[:120]!r}, which is not on the list of operators that only compute.",
        "Export it without, or --trust-policy-code if you trust the file as you would a program.",
    )
