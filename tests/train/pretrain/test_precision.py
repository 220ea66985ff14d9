import torch

from train.pretrain.precision import fastest


def test_the_faster_number_type_of_this_machine_is_one_it_can_train_in() -> None:
    assert fastest(torch.device("cpu")) in {torch.bfloat16, torch.float32}


def test_a_gpu_multiplies_in_bf16_without_being_asked() -> None:
    assert fastest(torch.device("cuda")) == torch.bfloat16
